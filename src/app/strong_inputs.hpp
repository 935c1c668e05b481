// StrongInputs: which inputs a model listens to most, by name.
#pragma once

#include <string>
#include <vector>

#include "data/predictor.hpp"
#include "model/model.hpp"

namespace rekindle {

struct StrongInputs {
  std::string tensor;  // Of the first layer; empty: it has no weights that belong to inputs.
  std::size_t outputs = 0;
  std::size_t named = 0;
  std::size_t unnamed = 0;  // Hashed coordinates.
  std::vector<InputWeight> top;
};

// `names` of the first inputs, in their order: the features, then the values of the categories.
[[nodiscard]] StrongInputs strong_inputs(const std::vector<NamedTensor>& tensors, std::vector<std::string> names, std::size_t most);

}  // namespace rekindle
