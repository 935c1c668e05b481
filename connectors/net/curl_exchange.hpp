// CurlExchange: one HTTP request after another by libcurl, as every client of ours makes them.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"

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
  CurlExchange();

  // Begins a request; nothing of an earlier one is left. What else it needs is set on the handle. Null: libcurl cannot be used.
  [[nodiscard]] CURL* prepare(const CurlRequest& request);
  // ErrorCode::unavailable: there was no answer, and why.
  [[nodiscard]] Result<CurlAnswer> perform();
  // As a part of a path.
  [[nodiscard]] std::string escaped(const std::string& text) const;

 private:
  static std::size_t take_body(char* data, std::size_t one, std::size_t size, void* exchange);
  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  std::unique_ptr<CURL, Cleanup> handle_;
  CurlAnswer answer_;
  std::size_t most_bytes_ = 0;
};

}  // namespace rekindle
