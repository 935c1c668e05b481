// Prediction: what a model says of one sample.
#pragma once

#include <cstddef>
#include <vector>

namespace rekindle {

struct Prediction {
  double value = 0;                   // Regression: the prediction. Classification: the index of the likeliest class.
  std::vector<double> probabilities;  // One per class; empty for regression. Sums to 1.
};

}  // namespace rekindle
