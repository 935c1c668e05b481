// The short names of events, as `--trace` and the reports have them.
#pragma once

#include <string_view>

#include "data/event.hpp"

namespace rekindle {

// Of a command it is the command's own, and valid as long as the event.
[[nodiscard]] std::string_view event_name(const Event& event);

}  // namespace rekindle
