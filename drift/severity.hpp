// Severity: how large a drift is, by how far the recent error stands above the usual one on the way to chance.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/moving.hpp"

namespace rekindle {

enum class DriftSeverity : std::uint8_t { mild, moderate, extreme };

// s = (recent - usual) / max(.05, chance - usual). `chance` is what a learner that knows nothing of the features would get.
[[nodiscard]] double severity_size(double recent, double usual, double chance);
// Below .15 mild, below .75 moderate, else extreme.
[[nodiscard]] DriftSeverity severity_grade(double size);

// With fading means over 50 and 2000 samples.
class SeverityEstimate {
 public:
  void observe(double error) {
    recent_.observe(error);
    usual_.observe(error);
  }
  [[nodiscard]] double size(double chance) const;
  [[nodiscard]] DriftSeverity grade(double chance) const { return severity_grade(size(chance)); }
  [[nodiscard]] const FadingMean& recent() const { return recent_; }
  [[nodiscard]] const FadingMean& usual() const { return usual_; }
  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  FadingMean recent_{1.0 / 50};
  FadingMean usual_{1.0 / 2000};
};

// That two groups differ as much by chance, when each value is in [0, 1]: the normal two-sided test of two shares. Values
// that are not only 0 or 1 spread less, so that p is then on the safe side.
[[nodiscard]] double two_shares_p(double mean_before, double values_before, double mean_after, double values_after);

}  // namespace rekindle
