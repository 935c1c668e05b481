#include "connectors/net/curl_exchange.hpp"

#include <utility>

namespace rekindle {

CurlExchange::CurlExchange() {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  handle_.reset(ready == CURLE_OK ? curl_easy_init() : nullptr);
}

CURL* CurlExchange::prepare(const CurlRequest& request) {
  auto* const handle = handle_.get();
  if (handle == nullptr) return nullptr;
  most_bytes_ = request.most_bytes;
  curl_easy_reset(handle);  // Keeps the connection.
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, request.connect_seconds);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, request.seconds);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &CurlExchange::take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  if (!request.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, request.ca_file.c_str());
  return handle;
}

Result<CurlAnswer> CurlExchange::perform() {
  char why[CURL_ERROR_SIZE] = {};
  answer_ = {};
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, why);
  const auto code = curl_easy_perform(handle_.get());
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) return fail(ErrorCode::unavailable, "{}", why[0] != '\0' ? why : curl_easy_strerror(code));
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  return std::move(answer_);
}

std::string CurlExchange::escaped(const std::string& text) const {
  struct Free {
    void operator()(char* from) const { curl_free(from); }
  };
  const std::unique_ptr<char, Free> out(curl_easy_escape(handle_.get(), text.data(), static_cast<int>(text.size())));
  return out ? std::string(out.get()) : std::string();
}

std::size_t CurlExchange::take_body(char* data, std::size_t /*one*/, std::size_t size, void* exchange) {
  auto& self = *static_cast<CurlExchange*>(exchange);
  if (self.answer_.body.size() + size > self.most_bytes_) return 0;
  self.answer_.body.append(data, size);
  return size;
}

}  // namespace rekindle
