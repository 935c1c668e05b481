// Access: who may call a route that is not a mere GET.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace rekindle {

struct AccessRules {
  bool loopback_only = true;  // The address we listen on is the machine's own.
  std::string token;          // Bearer token for mutating routes; "" = none set.
};

// The refusal, or nothing: go on.
//
// Two dangers meet on a loopback address: other users' programs, against which the token helps, and web pages in the user's own browser,
// which can post to 127.0.0.1 and, by pointing a name of theirs at it (DNS rebinding), read the answers. A browser cannot fake Host and
// Origin, so both must be ours. Without a token, mutating routes serve this machine only.
[[nodiscard]] std::optional<HttpResponse> refusal(const AccessRules& rules, const HttpRequest& request, bool mutating);

// "localhost", 127.0.0.0/8 or [::1], with or without a port.
[[nodiscard]] bool is_loopback_name(std::string_view host);

}  // namespace rekindle
