#include "connectors/net/curl_exchange.hpp"

#include <utility>

namespace rekindle {

Status CurlExchange::open() {
  const auto& library = CurlLibrary::get();
  if (!library) return tl::unexpected(library.error());
  library_ = &*library;
  handle_ = {library_->easy_init(), library_->easy_cleanup};
  if (handle_ == nullptr) return fail(ErrorCode::unavailable, "libcurl cannot be used: no handle");
  return {};
}

Status CurlExchange::prepare(const CurlRequest& request) {
  if (handle_ == nullptr) {
    if (auto status = open(); !status) return status;
  }
  most_bytes_ = request.most_bytes;
  library_->easy_reset(handle_.get());  // Keeps the connection.
  headers_.reset();
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, request.connect_seconds);
  set(CURLOPT_TIMEOUT, request.seconds);
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::take_body);
  set(CURLOPT_WRITEDATA, this);
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  return {};
}

void CurlExchange::add_header(const char* line) {
  headers_ = {library_->slist_append(headers_.release(), line), library_->slist_free_all};
  set(CURLOPT_HTTPHEADER, headers_.get());
}

Result<CurlAnswer> CurlExchange::perform() {
  char why[CURL_ERROR_SIZE] = {};
  answer_ = {};
  set(CURLOPT_ERRORBUFFER, why);
  const auto code = library_->easy_perform(handle_.get());
  set(CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) return fail(ErrorCode::unavailable, "{}", why[0] != '\0' ? why : library_->easy_strerror(code));
  library_->easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  return std::move(answer_);
}

std::string CurlExchange::escaped(const std::string& text) const {
  const std::unique_ptr<char, decltype(&curl_free)> out(library_->easy_escape(handle_.get(), text.data(), static_cast<int>(text.size())),
                                                        library_->free);
  return out ? std::string(out.get()) : std::string();
}

std::size_t CurlExchange::take_body(char* data, std::size_t /*one*/, std::size_t size, void* exchange) {
  auto& self = *static_cast<CurlExchange*>(exchange);
  if (self.answer_.body.size() + size > self.most_bytes_) return 0;
  self.answer_.body.append(data, size);
  return size;
}

}  // namespace rekindle
