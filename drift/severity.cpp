#include "drift/severity.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rekindle {

double SeverityEstimate::size(double chance) const { return (recent_.value() - usual_.value()) / std::max(0.05, chance - usual_.value()); }

DriftSeverity SeverityEstimate::grade(double chance) const {
  const double s = size(chance);
  if (s < 0.15) return DriftSeverity::mild;
  return s < 0.75 ? DriftSeverity::moderate : DriftSeverity::extreme;
}

double two_shares_p(double mean_before, double values_before, double mean_after, double values_after) {
  const double pooled = (mean_before * values_before + mean_after * values_after) / (values_before + values_after);
  const double spread = std::sqrt(pooled * (1 - pooled) * (1 / values_before + 1 / values_after));
  return spread > 0 ? std::erfc(std::abs(mean_after - mean_before) / spread / std::numbers::sqrt2) : 1;
}

void SeverityEstimate::save(ByteWriter& out) const {
  recent_.save(out);
  usual_.save(out);
}

void SeverityEstimate::load(ByteReader& in) {
  recent_.load(in);
  usual_.load(in);
}

}  // namespace rekindle
