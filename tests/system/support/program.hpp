// The program that is tested: the one that is built, or what REKINDLE_PROGRAM names, which may be a script that starts it in valgrind.
#pragma once

#include <cstdlib>
#include <string>

namespace rekindle::system_test {

[[nodiscard]] inline std::string program() {
  const char* named = std::getenv("REKINDLE_PROGRAM");
  return named == nullptr ? REKINDLE_BINARY : named;
}

}  // namespace rekindle::system_test
