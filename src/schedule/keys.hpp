// Keys and checks that several schedules share.
#pragma once

#include <string>
#include <vector>

#include "base/parameters.hpp"

namespace rekindle {

// cycle_momentum, base_momentum and max_momentum.
void append_momentum_keys(std::vector<ParameterSpec>& keys, double base, double max);
[[nodiscard]] std::string momentum_conflict(const Parameters& p);

// What is wrong with a list that must increase, or "".
[[nodiscard]] std::string not_increasing(const char* name, const std::vector<double>& values);

}  // namespace rekindle
