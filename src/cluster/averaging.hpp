// Averaging: arithmetic of what the learners of a group share.
#pragma once

#include <span>
#include <vector>

#include "cluster/step_length.hpp"
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
  double share = 0;  // In the mean; above 0, all together at most 1.
  double whole = 1;  // In the sum.
};

// The mean of the changes, each times its share (McMahan et al. 2017, FederatedAveraging, on changes from a common base): of weights.
[[nodiscard]] std::vector<double> mean_of(std::span<const WeightedChange> changes);
// Between that mean and the sum of the changes, as `length` and the fresh share of the changes say: of weights.
[[nodiscard]] std::vector<double> step_of(std::vector<double> mean, std::span<const WeightedChange> changes, const StepLength& length,
                                          double fresh);
// `state` plus a step of the weights and the mean change of the scaling. Means and variances are pooled: what the workers' means lie
// apart counts into the variance. `single_precision`: the weights are rounded to float32, as every worker will hold them.
[[nodiscard]] CommonState moved(const CommonState& state, std::span<const WeightedChange> changes, std::span<const double> step,
                                bool single_precision);

}  // namespace rekindle::cluster
