#include "app/http_client.hpp"

#include <string_view>

#include "connectors/net/curl_exchange.hpp"
#include "http/listen.hpp"

namespace rekindle {

namespace {

constexpr long connect_seconds = 10;
constexpr long patience_seconds = 15;
constexpr std::size_t most_bytes = std::size_t{64} << 20U;

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

}  // namespace

Result<HttpReply> http_request(const HttpPeer& peer, const std::string& method, const std::string& path, const std::string& body) {
  const auto address = address_of(peer.url);
  if (!address) return tl::unexpected(address.error());
  CurlExchange exchange;
  if (auto status = exchange.prepare({.url = *address + path,
                                      .connect_seconds = connect_seconds,
                                      .seconds = patience_seconds,
                                      .ca_file = peer.ca_file,
                                      .most_bytes = most_bytes});
      !status)
    return tl::unexpected(status.error());
  exchange.add_header("Content-Type: application/json");
  exchange.add_header("Expect:");  // No waiting for a word before the body.
  if (!peer.token.empty()) exchange.add_header(("Authorization: Bearer " + peer.token).c_str());
  exchange.set(CURLOPT_PROXY, "");  // A daemon is asked itself, whatever the environment says.
  exchange.set(CURLOPT_CUSTOMREQUEST, method.c_str());
  if (method != "GET") {
    exchange.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    exchange.set(CURLOPT_POSTFIELDS, body.c_str());
  }
  auto answer = exchange.perform();
  if (!answer) return fail(answer.error().code, "{}: {}", peer.url, answer.error().message);
  return HttpReply{static_cast<int>(answer->status), std::move(answer->body)};
}

}  // namespace rekindle
