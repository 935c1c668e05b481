// An HTTP request and its answer as plain values, so that handlers and their tests need no socket.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/json_text.hpp"

namespace rekindle {

// All views live as long as the handler runs.
struct HttpRequest {
  std::string_view method;  // "GET" for HEAD as well: the body is left away when the answer is sent.
  std::string_view path;    // Without the query.
  std::string_view query;   // What follows '?'.
  std::string_view body;
  std::string_view host;
  std::string_view origin;      // "" = none; so for the rest.
  std::string_view fetch_site;  // Sec-Fetch-Site, which browsers send.
  std::string_view authorization;
  std::string_view accept_encoding = {};
  std::string_view last_event_id = {};  // Of a reader of events that comes back.
  bool from_loopback = false;           // The other end is on this machine.
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";  // Of memory that stays.
  std::string allow;                                   // For 405.
  std::string challenge;                               // WWW-Authenticate, for 401.
  std::string encoding = {};                           // Content-Encoding of the body.
  // An answer that another thread has to give: asked every few milliseconds until it is there. All above is not sent then.
  std::function<std::optional<HttpResponse>()> later = {};
  // An answer that does not end (server-sent events): asked a few times a second for what is to be sent next, maybe nothing.
  std::function<std::string()> stream = {};
};

[[nodiscard]] inline HttpResponse json_response(const boost::json::value& value, int status = 200) {
  return {.status = status, .body = json_text(value) + '\n', .allow = {}, .challenge = {}};
}

// {"error": "..."}; `message` is for people.
[[nodiscard]] inline HttpResponse error_response(int status, std::string_view message) {
  return json_response({{"error", message}}, status);
}

}  // namespace rekindle
