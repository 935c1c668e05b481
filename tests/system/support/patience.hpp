// How long a test waits for others. REKINDLE_PATIENCE=20: twenty times as long, for a program that runs in valgrind.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace rekindle::system_test {

[[nodiscard]] inline std::chrono::milliseconds times_patience(std::chrono::milliseconds usual) {
  const char* times = std::getenv("REKINDLE_PATIENCE");
  return times == nullptr ? usual : usual * std::max(1, std::atoi(times));
}

}  // namespace rekindle::system_test
