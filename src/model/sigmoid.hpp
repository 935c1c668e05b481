// What the losses for two classes have in common.
#pragma once

#include <cmath>

#include "data/prediction.hpp"

namespace rekindle {

// What the functions below have of a score, and what costs most.
[[nodiscard]] inline double decayed_of(double score) { return std::exp(-std::abs(score)); }

// 1 / (1 + exp(-score)), exact in both tails.
[[nodiscard]] inline double sigmoid(double score, double decayed) { return (score >= 0 ? 1 : decayed) / (1 + decayed); }
[[nodiscard]] inline double sigmoid(double score) { return sigmoid(score, decayed_of(score)); }

// The sign of the score decides the class; its sigmoid is the second class's probability.
inline void predict_by_sigmoid(double score, double decayed, Prediction& out) {
  const double likelier = 1 / (1 + decayed);
  const auto chosen = static_cast<std::size_t>(score > 0);  // An index, for a branch here is guessed wrong half of the time.
  out.value = static_cast<double>(chosen);
  out.probabilities[chosen] = likelier;
  out.probabilities[1 - chosen] = decayed * likelier;
  out.log_odds = score;
}
inline void predict_by_sigmoid(double score, Prediction& out) { predict_by_sigmoid(score, decayed_of(score), out); }

}  // namespace rekindle
