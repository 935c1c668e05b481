// RankSignal: how well a binary learner ranks, sample by sample; where positives are rare the 0/1 error does not show it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/moving.hpp"
#include "drift/memory.hpp"

namespace rekindle {

// At each sample, the share of the newest samples of the other class that were scored on the wrong side of it (ties count):
// over positives this is a streaming 1 - AUC.
class RankSignal {
 public:
  explicit RankSignal(std::size_t window) : scores_{Ring<double>(window), Ring<double>(window)} {}

  // Call `share` for a sample before `add`.
  [[nodiscard]] std::optional<double> share(bool positive, double score, std::size_t window) const {
    const auto& others = scores_[positive ? 0 : 1];
    if (others.size() == 0) return std::nullopt;
    const std::size_t looked_at = others.size() < window ? others.size() : window;
    std::size_t wrong = 0;
    for (std::size_t i = others.size() - looked_at; i < others.size(); ++i) {
      wrong += (positive ? others[i] >= score : others[i] <= score) ? 1U : 0U;
    }
    return static_cast<double>(wrong) / static_cast<double>(looked_at);
  }
  void add(bool positive, double score) {
    scores_[positive ? 1 : 0].push(score);
    positives_.observe(positive ? 1 : 0);
  }

  [[nodiscard]] bool positives_are_rarer() const { return positives_.value() <= 0.5; }
  // Share of the rarer class, faded over about 1000 samples.
  [[nodiscard]] double rarer_share() const { return positives_are_rarer() ? positives_.value() : 1 - positives_.value(); }

  void save(ByteWriter& out) const {
    for (const auto& ring : scores_) ring.save(out);
    positives_.save(out);
  }
  // Of a longer window only the newest.
  void load(ByteReader& in) {
    for (auto& ring : scores_) {
      ring.clear();
      for (const double score : in.get_array<double>()) ring.push(score);
    }
    positives_.load(in);
  }

 private:
  std::array<Ring<double>, 2> scores_;  // Of negatives, of positives.
  FadingMean positives_{1e-3};
};

}  // namespace rekindle
