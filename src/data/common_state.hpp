// CommonState: what learners that learn as one have in common, as numbers that can be averaged.
#pragma once

#include <vector>

namespace rekindle {

// Both have the same length in learners of the same specification and features.
struct CommonState {
  std::vector<double> weights;     // Of all layers, of all members; exact in the model's own precision.
  std::vector<double> statistics;  // Of the scaling: the means, then the variances. Empty where there is none.
};

}  // namespace rekindle
