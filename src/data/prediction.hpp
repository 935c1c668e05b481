// Prediction: what a model says of one sample.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace rekindle {

struct Prediction {
  double value = 0;                   // Regression: the prediction. Classification: the index of the likeliest class.
  std::vector<double> probabilities;  // One per class; empty for regression. Sums to 1.
  // Of the second of two classes, where the model knows them: the probabilities have them only roughly far from even odds.
  std::optional<double> log_odds = {};
};

}  // namespace rekindle
