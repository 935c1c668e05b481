#include "schedule/keys.hpp"

#include <fmt/format.h>

namespace rekindle {

void append_momentum_keys(std::vector<ParameterSpec>& keys, double base, double max) {
  keys.push_back(boolean("cycle_momentum", true).means("move the optimizer's momentum against the rate (Adam: beta1)"));
  keys.push_back(real("base_momentum", base).at_least(0).below(1).means("momentum at the highest rate"));
  keys.push_back(real("max_momentum", max).at_least(0).below(1).means("momentum at the lowest rate"));
}

std::string momentum_conflict(const Parameters& p) {
  if (p.real("base_momentum") <= p.real("max_momentum")) return "";
  return fmt::format("base_momentum must be <= max_momentum, got {} and {}", p.real("base_momentum"), p.real("max_momentum"));
}

std::string not_increasing(const char* name, const std::vector<double>& values) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] <= values[i - 1]) return fmt::format("{} must increase, got {} after {}", name, values[i], values[i - 1]);
  }
  return "";
}

}  // namespace rekindle
