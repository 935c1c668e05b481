// What the losses for two classes have in common.
#pragma once

#include <cmath>

#include "data/prediction.hpp"

namespace rekindle {

// 1 / (1 + exp(-score)), exact in both tails.
[[nodiscard]] inline double sigmoid(double score) {
  const double decayed = std::exp(-std::abs(score));
  return score >= 0 ? 1 / (1 + decayed) : decayed / (1 + decayed);
}

// The sign of the score decides the class; its sigmoid is the second class's probability.
inline void predict_by_sigmoid(double score, Prediction& out) {
  const double decayed = std::exp(-std::abs(score));
  const double likelier = 1 / (1 + decayed);
  out.value = score > 0 ? 1 : 0;
  out.probabilities[1] = score > 0 ? likelier : decayed * likelier;
  out.probabilities[0] = score > 0 ? decayed * likelier : likelier;
}

}  // namespace rekindle
