// CurlExchange: one HTTP request after another by libcurl, as every client of ours makes them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "connectors/net/curl_library.hpp"

namespace rekindle {

struct CurlRequest {
  std::string url;  // http or https; anything else is refused.
  long connect_seconds = 5;
  long seconds = 15;           // All in all.
  std::string ca_file;         // Certificates, in PEM form, of who may have signed the server's; "": those that the system knows.
  std::size_t most_bytes = 0;  // A longer answer ends the request.
};

struct CurlAnswer {
  long status = 0;
  std::string body;
};

// One connection, kept from request to request.
class CurlExchange {
 public:
  // Begins a request; nothing of an earlier one is left. ErrorCode::unavailable: there is no libcurl.
  [[nodiscard]] Status prepare(const CurlRequest& request);
  // What else the request needs, after `prepare`: as curl_easy_setopt takes it.
  template <class Value>
  void set(CURLoption option, Value value) {
    library_->easy_setopt(handle_.get(), option, value);
  }
  void add_header(const char* line);
  // ErrorCode::unavailable: there was no answer, and why.
  [[nodiscard]] Result<CurlAnswer> perform();
  // As a part of a path; after the first request.
  [[nodiscard]] std::string escaped(const std::string& text) const;

 private:
  [[nodiscard]] Status open();
  static std::size_t take_body(char* data, std::size_t one, std::size_t size, void* exchange);
  const CurlLibrary* library_ = nullptr;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_{nullptr, nullptr};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr, nullptr};
  CurlAnswer answer_;
  std::size_t most_bytes_ = 0;
};

}  // namespace rekindle
