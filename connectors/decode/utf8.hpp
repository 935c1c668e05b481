// Whether bytes are text.
#pragma once

#include <string_view>

namespace rekindle {

[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace rekindle
