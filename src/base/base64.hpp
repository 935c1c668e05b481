// Base64 (RFC 4648, with padding), for bytes that have to go through text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekindle {

[[nodiscard]] std::string base64(std::string_view bytes);

// Nothing when it is not base64.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace rekindle
