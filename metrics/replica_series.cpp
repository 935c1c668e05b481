#include "metrics/replica_series.hpp"

#include "metrics/series_points.hpp"

namespace rekindle {

namespace {
std::optional<double> known(const std::optional<std::uint64_t>& count) { return count ? std::optional(real(*count)) : std::nullopt; }
}  // namespace

const std::vector<ReplicaSeries>& replica_series() {
  using enum SeriesType;
  static const std::vector<ReplicaSeries> all = {
      {{"rekindle_model_version", gauge, "Samples that had come when the model that is served was published.", {}},
       [](const ReplicaReadings& from) { return known(from.model_version); }},
      {{"rekindle_model_created_timestamp_seconds", gauge, "When the model that is served was published, since 1970.", {}},
       [](const ReplicaReadings& from) { return from.model_created_seconds; }},
      {{"rekindle_model_bytes", gauge, "Size of the model that is served, as it was published.", {}},
       [](const ReplicaReadings& from) { return known(from.model_bytes); }},
      {{"rekindle_model_loads_total", counter, "Models taken into use.", {}},
       [](const ReplicaReadings& from) { return std::optional(real(from.loads)); }},
      {{"rekindle_model_refusals_total", counter, "Models refused because they were damaged or could not be used.", {}},
       [](const ReplicaReadings& from) { return std::optional(real(from.refusals)); }},
  };
  return all;
}

bool is_of_a_replica_too(std::string_view name) {
  return name == "rekindle_build_info" || name == "rekindle_predict_duration_seconds" || name.starts_with("process_");
}

}  // namespace rekindle
