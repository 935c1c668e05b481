// eventually: waits for something that another process or thread is going to do.
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

#include "tests/system/support/patience.hpp"

namespace rekindle::system_test {

// Whether the condition came true within the patience. Patience is generous: a test that passes does not wait for it.
template <std::predicate Condition>
[[nodiscard]] bool eventually(Condition condition, std::chrono::milliseconds patience = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + times_patience(patience);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace rekindle::system_test
