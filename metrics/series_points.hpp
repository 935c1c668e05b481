// What the tables of series share: readings into points.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/series.hpp"

namespace rekindle {

inline double real(std::uint64_t count) { return static_cast<double>(count); }

template <class Names>
std::vector<std::string_view> texts(const Names& names) {
  return {names.begin(), names.end()};
}

template <class Names, class Counts>
void add_counts(Points& to, const Names& names, const Counts& counts) {
  for (std::size_t i = 0; i < names.size(); ++i) to.add({names[i]}, real(counts[i]));
}

inline void add_known(Points& to, std::initializer_list<std::string_view> labels, const std::optional<double>& value) {
  if (value) to.add(labels, *value);
}

inline void add_metric(Points& to, const Readings& from, std::initializer_list<std::string_view> labels, std::string_view name) {
  for (const auto& [known, value] : from.status.learner.metrics) {
    if (known == name) add_known(to, labels, value);
  }
}

// Files and generators have positions too, but `kafka_*` speaks of Kafka only.
inline bool reads_kafka(const Readings& from) { return from.status.source.type == "kafka"; }

template <class Read>
void add_partitions(const Readings& from, Points& to, Read value_of) {
  if (!reads_kafka(from)) return;
  for (const auto& one : from.status.source.partitions) {
    if (const std::optional<double> value = value_of(one)) to.add({one.topic, std::to_string(one.partition)}, *value);
  }
}

// Of what comes in and goes out; series.cpp has the rest.
[[nodiscard]] const std::vector<Series>& stream_series();
// Of several daemons that learn as one.
[[nodiscard]] const std::vector<Series>& cluster_series();

}  // namespace rekindle
