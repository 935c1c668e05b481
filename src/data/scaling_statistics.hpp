// ScalingStatistics: what a Scaler has seen, to take it elsewhere and back.
#pragma once

#include <cstddef>
#include <vector>

#include "data/scaler.hpp"

namespace rekindle {

// By feature; empty where the kind of scaling has no use for it.
struct ScalingStatistics {
  std::vector<double> count;  // Values seen.
  std::vector<double> mean;
  std::vector<double> variance;
  std::vector<double> low;
  std::vector<double> high;
};

[[nodiscard]] ScalingStatistics statistics_of(const Scaler& scaler);

// As a scaler of that kind saves itself.
[[nodiscard]] std::vector<std::byte> saved_form(ScaleKind kind, const ScalingStatistics& statistics);

}  // namespace rekindle
