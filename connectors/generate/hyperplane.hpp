// The label of a hyperplane with these weights: 1 where the weighted sum is at least half the sum of the weights.
#pragma once

#include <span>

namespace rekindle {

[[nodiscard]] inline int hyperplane_label(std::span<const double> weights, std::span<const double> features) {
  double sum = 0;
  double half = 0;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    sum += weights[j] * features[j];
    half += 0.5 * weights[j];
  }
  return sum >= half ? 1 : 0;
}

}  // namespace rekindle
