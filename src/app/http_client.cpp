#include "app/http_client.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "http/listen.hpp"

namespace rekindle {

namespace {

constexpr long connect_seconds = 10;
constexpr long patience_seconds = 15;
constexpr std::size_t most_bytes = std::size_t{64} << 20U;

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// With its scheme, without a slash at its end.
Result<std::string> address_of(std::string_view url) {
  const bool secure = url.starts_with("https://");
  auto rest = url.substr(secure ? 8 : (url.starts_with("http://") ? 7 : 0));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool has_port = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0) != std::string_view::npos;
  const auto address = parse_listen(has_port ? std::string(rest) : fmt::format("{}:{}", rest, secure ? 443 : 80));
  if (!address || address->host.empty() || address->host.find_first_of("/@?# ") != std::string::npos)
    return fail(ErrorCode::usage, "\"{}\" is no address such as http://127.0.0.1:9464", url);
  return fmt::format("{}://{}", secure ? "https" : "http", rest);
}

std::size_t take_body(char* data, std::size_t /*one*/, std::size_t size, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size > most_bytes) return 0;
  body.append(data, size);
  return size;
}

}  // namespace

Result<HttpReply> http_request(const HttpPeer& peer, const std::string& method, const std::string& path, const std::string& body) {
  const auto address = address_of(peer.url);
  if (!address) return tl::unexpected(address.error());
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, FreeCurl> owned(ready == CURLE_OK ? curl_easy_init() : nullptr);
  auto* const handle = owned.get();
  if (handle == nullptr) return fail(ErrorCode::internal, "libcurl cannot be used");
  std::unique_ptr<curl_slist, FreeCurl> headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  curl_slist_append(headers.get(), "Expect:");  // No waiting for a word before the body.
  if (!peer.token.empty()) curl_slist_append(headers.get(), ("Authorization: Bearer " + peer.token).c_str());
  HttpReply reply;
  char why[CURL_ERROR_SIZE] = {};
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(handle, CURLOPT_URL, (*address + path).c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // A daemon is asked itself, whatever the environment says.
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, patience_seconds);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (method != "GET") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply.body);
  if (!peer.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, peer.ca_file.c_str());
  if (const auto code = curl_easy_perform(handle); code != CURLE_OK)
    return fail(ErrorCode::unavailable, "{}: {}", peer.url, why[0] != '\0' ? why : curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  return reply;
}

}  // namespace rekindle
