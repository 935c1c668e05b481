#include "metrics/exporter.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "metrics/series.hpp"

namespace rekindle {
namespace {

prometheus::MetricType type_of(SeriesType type) {
  switch (type) {
    case SeriesType::counter: return prometheus::MetricType::Counter;
    case SeriesType::gauge: return prometheus::MetricType::Gauge;
    case SeriesType::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

class FamilyPoints : public Points {
 public:
  explicit FamilyPoints(const Series& series) : series_(series) {
    family_.name = series.name;
    family_.help = series.help;
    family_.type = type_of(series.type);
  }

  void add(std::initializer_list<std::string_view> label_values, double value) override {
    if (!std::isfinite(value)) return;
    prometheus::ClientMetric point;
    auto label = series_.labels.begin();
    for (const auto text : label_values) point.label.push_back({std::string((label++)->name), std::string(text)});
    (series_.type == SeriesType::counter ? point.counter.value : point.gauge.value) = value;
    family_.metric.push_back(std::move(point));
  }

  void add(const HistogramData& data, std::span<const double> bounds) override {
    if (!data.bounds.empty()) bounds = data.bounds;
    prometheus::ClientMetric point;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      total += i < data.buckets.size() ? data.buckets[i] : 0;
      point.histogram.bucket.push_back({total, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
    }
    point.histogram.sample_count = total;
    point.histogram.sample_sum = std::isfinite(data.sum) ? data.sum : 0;
    family_.metric.push_back(std::move(point));
  }

  [[nodiscard]] prometheus::MetricFamily take() { return std::move(family_); }

 private:
  const Series& series_;
  prometheus::MetricFamily family_;
};

}  // namespace

std::string MetricsExporter::render(const StatusSnapshot& status, const HistogramData& predict_duration) const {
  const ProcessUsage process = process_usage();
  const Readings readings{status, process, predict_duration};
  std::vector<prometheus::MetricFamily> families;
  for (const Series& series : all_series()) {
    FamilyPoints points(series);
    series.read(readings, points);
    if (auto family = points.take(); !family.metric.empty()) families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::string MetricsExporter::render(const ReplicaReadings& replica) const {
  const ProcessUsage process = process_usage();
  StatusSnapshot status;
  status.version = replica.version;
  status.commit = replica.commit;
  const Readings readings{status, process, replica.predict_duration};
  std::vector<prometheus::MetricFamily> families;
  for (const Series& series : all_series()) {
    if (!is_of_a_replica_too(series.name)) continue;
    FamilyPoints points(series);
    series.read(readings, points);
    if (auto family = points.take(); !family.metric.empty()) families.push_back(std::move(family));
  }
  for (const auto& [series, value] : replica_series()) {
    FamilyPoints points(series);
    if (const auto known = value(replica)) points.add({}, *known);
    if (auto family = points.take(); !family.metric.empty()) families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace rekindle
