// One HTTP request to a daemon, and its answer.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rekindle {

struct HttpReply {
  int status = 0;
  std::string body;
};

// `url` is "http://HOST:PORT", with or without "http://" and a final slash. ErrorCode::usage: it is no such address;
// ErrorCode::unavailable: nobody answers there within 15 seconds. `token` "" = none.
[[nodiscard]] Result<HttpReply> http_request(const std::string& url, const std::string& method, const std::string& path,
                                             const std::string& body, const std::string& token);

}  // namespace rekindle
