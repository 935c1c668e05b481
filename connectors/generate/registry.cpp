#include <array>

#include "connectors/generate/rows.hpp"

namespace rekindle {

std::span<const GeneratorRow> generators() {
  static const std::array rows = {
      sea_row(), agrawal_row(), hyperplane_row(), led_row(), stagger_row(), sine_row(), mixed_row(), rbf_row(), logistic_generator_row(),
  };
  return rows;
}

std::vector<std::string> numbered_columns(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < count; ++j) names.push_back(fmt::format("x{}", j));
  return names;
}

ParameterSpec function_parameter(std::int64_t count) {
  return integer("classification_function", 0).at_least(0).at_most(static_cast<double>(count - 1)).means("rule to begin with");
}

}  // namespace rekindle
