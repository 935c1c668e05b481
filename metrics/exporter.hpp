// MetricsExporter: a status snapshot as the text that Prometheus scrapes.
#pragma once

#include <string>

#include "data/status.hpp"
#include "metrics/replica_series.hpp"

namespace rekindle {

// Has no state and no registry: all values come from the snapshot, so a scrape can never disagree with `/status`. Any thread.
class MetricsExporter {
 public:
  [[nodiscard]] std::string render(const StatusSnapshot& status, const HistogramData& predict_duration = {}) const;  // Text format 0.0.4.
  // Of a replica, which learns nothing: what it predicts with, and this process.
  [[nodiscard]] std::string render(const ReplicaReadings& replica) const;
};

}  // namespace rekindle
