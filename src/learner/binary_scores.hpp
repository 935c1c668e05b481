// BinaryScores: prequential metrics of a binary task that accuracy does not show, above all where positives are rare.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace rekindle {

// Over the whole stream, in fixed memory. AUC and PR-AUC (average precision) come from a histogram over the log-odds whose bins
// are at most 1/128 of their distance from even odds wide: on scores without many ties within 1e-3 of the exact values.
class BinaryScores {
 public:
  BinaryScores() : positives_(bins, 0), negatives_(bins, 0) {}

  // `p` of class 1; not a number counts as the wrong extreme. `log_odds`: Prediction::log_odds.
  void observe(bool positive, double p, bool guessed_positive, std::optional<double> log_odds = {});

  // Absent until both classes have been seen (F1: until one positive or one guess of it; Brier: one sample).
  [[nodiscard]] std::optional<double> auc() const;
  [[nodiscard]] std::optional<double> pr_auc() const;
  [[nodiscard]] std::optional<double> f1() const;
  [[nodiscard]] std::optional<double> brier() const;
  // A mean log loss over that of always saying the share of positives: below 1 is better than knowing no features.
  [[nodiscard]] std::optional<double> normalized(double mean_log_loss) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  static constexpr std::size_t per_octave = 128;
  static constexpr int lowest_octave = -20;  // Of |log-odds|, as powers of two; what is below or above goes to the last bin.
  static constexpr int octaves = 25;
  static constexpr std::size_t half = per_octave * octaves + 1;
  static constexpr std::size_t bins = 2 * half;
  [[nodiscard]] static std::size_t bin_of(double log_odds);

  std::vector<std::uint64_t> positives_;  // By ascending log-odds.
  std::vector<std::uint64_t> negatives_;
  std::uint64_t positive_ = 0;
  std::uint64_t negative_ = 0;
  std::uint64_t hits_ = 0;     // Positives that were guessed.
  std::uint64_t guesses_ = 0;  // Of the positive class.
  double squares_ = 0;
};

}  // namespace rekindle
