// Filling a HistogramData.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "data/status.hpp"

namespace rekindle {

[[nodiscard]] inline HistogramData empty_histogram(std::vector<double> bounds) {
  HistogramData histogram;
  histogram.buckets.assign(bounds.size() + 1, 0);
  histogram.bounds = std::move(bounds);
  return histogram;
}

inline void observe(HistogramData& histogram, double value, std::uint64_t times = 1) {
  const auto at = std::ranges::lower_bound(histogram.bounds, value) - histogram.bounds.begin();
  histogram.buckets[static_cast<std::size_t>(at)] += times;
  histogram.sum += value * static_cast<double>(times);
}

}  // namespace rekindle
