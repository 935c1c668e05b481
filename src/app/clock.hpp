// The shell's clocks; the core has none.
#pragma once

#include <chrono>
#include <cstdint>

namespace rekindle {

using SteadyTime = std::chrono::steady_clock::time_point;

[[nodiscard]] inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
[[nodiscard]] inline double seconds_since(SteadyTime start) { return std::chrono::duration<double>(steady_now() - start).count(); }
[[nodiscard]] inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}
[[nodiscard]] inline std::int64_t wall_ms() { return static_cast<std::int64_t>(wall_seconds() * 1000); }

}  // namespace rekindle
