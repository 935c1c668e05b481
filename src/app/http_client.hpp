// One HTTP request to a daemon, and its answer.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rekindle {

struct HttpReply {
  int status = 0;
  std::string body;
};

// Who is asked, and as whom.
struct HttpPeer {
  std::string url;      // "http://HOST:PORT" or "https://HOST:PORT"; http:// and a final slash may be missing.
  std::string token;    // "" = none.
  std::string ca_file;  // Certificates, in PEM form, of who may have signed the daemon's; "": those that the system knows.
};

// ErrorCode::usage: the URL is no such address; ErrorCode::unavailable: nobody answers there within 15 seconds, or the certificate is not
// to be trusted.
[[nodiscard]] Result<HttpReply> http_request(const HttpPeer& peer, const std::string& method, const std::string& path,
                                             const std::string& body);

}  // namespace rekindle
