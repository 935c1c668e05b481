// How often a fault is tried, with which seed, and what came of it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

namespace rekindle::system_test {

// `few` in the suite; `many` where REKINDLE_FAULTS=long, as `./dev test --faults` sets it.
[[nodiscard]] inline int tries(int few, int many) {
  const char* form = std::getenv("REKINDLE_FAULTS");
  return form != nullptr && std::string(form) == "long" ? many : few;
}

// REKINDLE_FAULT_SEED, or 1: the same faults again, as far as the machine's own timing allows.
[[nodiscard]] inline unsigned fault_seed() {
  const char* seed = std::getenv("REKINDLE_FAULT_SEED");
  return seed == nullptr ? 1 : static_cast<unsigned>(std::strtoul(seed, nullptr, 10));
}

// To standard output, and to the file that REKINDLE_FAULT_LOG names.
inline void report_tries(const std::string& fault, int count, const std::string& outcome) {
  const auto line = fmt::format("{{\"fault\":\"{}\",\"tries\":{},\"seed\":{},\"outcome\":\"{}\"}}", fault, count, fault_seed(), outcome);
  std::cout << "FAULTS " << line << std::endl;
  if (const char* path = std::getenv("REKINDLE_FAULT_LOG")) std::ofstream(path, std::ios::app) << line << '\n';
}

}  // namespace rekindle::system_test
