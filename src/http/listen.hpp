// ListenAddress: "host:port" taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rekindle {

struct ListenAddress {
  std::string host;  // Without brackets; "" = all addresses.
  std::uint16_t port = 0;
};

// "127.0.0.1:9464", "[::1]:9464", "localhost:0", ":9464". ErrorCode::configuration for anything else.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace rekindle
