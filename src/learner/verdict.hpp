// Verdict: whether the schedule helps or harms, why one thinks so, and what to try.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/status.hpp"

namespace rekindle {

// In the order of `verdict_names` (data/status.hpp).
enum class Verdict : std::uint8_t { helping, neutral, harming, diverging, oscillating, overfitting, stalled };

// What is known about the learning of late. Losses are means over about 500 labelled samples unless it says otherwise.
struct HealthEvidence {
  std::uint64_t labelled = 0;
  double loss = 0;
  double ignorant_loss = 0;                       // Of raw scores that are all 0.
  std::optional<std::uint64_t> since_divergence;  // Labelled samples.
  std::optional<std::uint64_t> since_answered;    // Labelled samples since a drift that something was done about.
  std::optional<double> baseline;                 // Of the constant rate, on the same samples.
  double difference = 0;                          // loss - baseline
  double difference_error = 0;                    // Its standard error.
  double dispersion = 1;                          // LossTrend, of the loss.
  double label_dispersion = 1;                    // Of the squared labels; 1 for classes.
  double sign_changes = 0;
  bool of_numbers = false;           // A regression: only there bursts of the loss show that steps are too long.
  std::optional<double> train_fast;  // Over about 50.
  double train_fast_error = 0;       // Standard error of train_fast - train.
  std::optional<double> train;       // Over about 2000, as `validation`.
  std::optional<double> validation;  // Of the held-out samples.
  double validation_error = 0;       // Standard error of validation - train.
  std::uint64_t since_best = 0;
  double lr = 0;
  double base_lr = 0;
  double decay_rate = 0;   // lr * weight_decay: the share of its weights that an update takes away.
  double decay_share = 0;  // The most of any layer: weight_decay * |weights| / |gradient|.
};

struct HealthOpinion {
  Verdict verdict = Verdict::neutral;
  std::string cause;
  std::string remedy;
};

// Nothing before there is enough to judge by.
[[nodiscard]] std::optional<HealthOpinion> judge(const HealthEvidence& e);

// What stands out at this moment, whatever the verdict: the loss of the last 50 or so samples far above the mean over about
// 2000 (a spike), a layer that the gradient does not reach (vanishing). A sentence each.
[[nodiscard]] std::vector<std::string> signs(const HealthEvidence& e, const std::vector<LayerStatus>& layers);

}  // namespace rekindle
