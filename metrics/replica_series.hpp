// ReplicaSeries: what Prometheus gets to see of `rekindle serve`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/series.hpp"

namespace rekindle {

struct ReplicaReadings {
  std::string version;
  std::string commit;
  std::optional<std::uint64_t> model_version;   // Samples that had come; nothing: there is no model yet.
  std::optional<double> model_created_seconds;  // Since 1970.
  std::optional<std::uint64_t> model_bytes;
  std::uint64_t loads = 0;
  std::uint64_t refusals = 0;
  HistogramData predict_duration;
};

struct ReplicaSeries {
  Series series;
  std::optional<double> (*value)(const ReplicaReadings& from);
};

[[nodiscard]] const std::vector<ReplicaSeries>& replica_series();

// Of the learner's series those that a replica has too: the build, the time that predictions take, the process.
[[nodiscard]] bool is_of_a_replica_too(std::string_view name);

}  // namespace rekindle
