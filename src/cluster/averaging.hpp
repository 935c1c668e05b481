// Averaging: arithmetic of what the learners of a group share.
#pragma once

#include <span>

#include "data/common_state.hpp"

namespace rekindle::cluster {

// a - b and a + b, element by element; both of the same shape.
[[nodiscard]] CommonState difference(const CommonState& a, const CommonState& b);
// A variance never becomes negative.
[[nodiscard]] CommonState sum(const CommonState& a, const CommonState& b);
[[nodiscard]] bool same_shape(const CommonState& a, const CommonState& b);
[[nodiscard]] bool is_finite(const CommonState& state);

struct WeightedChange {
  const CommonState* change = nullptr;
  double share = 0;  // Above 0; all together at most 1.
};

// `state` plus the changes, each times its share (McMahan et al. 2017, FederatedAveraging, on changes from a common base).
// Means and variances of the scaling are pooled: what the workers' means lie apart counts into the variance.
// `single_precision`: the weights are rounded to float32, as every worker will hold them.
[[nodiscard]] CommonState averaged(const CommonState& state, std::span<const WeightedChange> changes, bool single_precision);

}  // namespace rekindle::cluster
