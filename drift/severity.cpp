#include "drift/severity.hpp"

#include <algorithm>

namespace rekindle {

double SeverityEstimate::size(double chance) const { return (recent_.value() - usual_.value()) / std::max(0.05, chance - usual_.value()); }

DriftSeverity SeverityEstimate::grade(double chance) const {
  const double s = size(chance);
  if (s < 0.15) return DriftSeverity::mild;
  return s < 0.75 ? DriftSeverity::moderate : DriftSeverity::extreme;
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
