#include "drift/severity.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rekindle {

double severity_size(double recent, double usual, double chance) { return (recent - usual) / std::max(0.05, chance - usual); }

DriftSeverity severity_grade(double size) {
  if (size < 0.15) return DriftSeverity::mild;
  return size < 0.75 ? DriftSeverity::moderate : DriftSeverity::extreme;
}

double SeverityEstimate::size(double chance) const { return severity_size(recent_.value(), usual_.value(), chance); }

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
