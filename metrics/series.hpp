// Series: the one list of everything Prometheus gets to see, and how each is read from a status snapshot.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/status.hpp"
#include "metrics/process.hpp"

namespace rekindle {

enum class SeriesType : std::uint8_t { counter, gauge, histogram };
[[nodiscard]] std::string_view to_string(SeriesType type);

// What a scrape reads from.
struct Readings {
  const StatusSnapshot& status;
  const ProcessUsage& process;
  const HistogramData& predict_duration;  // Counted where predictions are served.
};

// Takes the points of one series. Values that are not finite are left out: a series that is absent says "unknown", NaN spoils sums.
class Points {
 public:
  virtual ~Points() = default;
  virtual void add(std::initializer_list<std::string_view> label_values, double value) = 0;
  // `bounds` are used while the data has none, so that an empty histogram has its buckets at zero.
  virtual void add(const HistogramData& data, std::span<const double> bounds) = 0;
};

struct SeriesLabel {
  std::string_view name;
  std::vector<std::string_view> values;  // All that may occur; empty: bounded by the configuration or the assignment.
};

// Counters and histograms add every combination of bounded labels from the start on; gauges add nothing while the value is unknown.
struct Series {
  std::string_view name;
  SeriesType type = SeriesType::gauge;
  std::string_view help;
  std::vector<SeriesLabel> labels;
  void (*read)(const Readings& from, Points& to) = nullptr;
};

[[nodiscard]] const std::vector<Series>& all_series();

// The list as text, two lines a series: `name type labels`, then the help. `series.txt` holds what was promised.
[[nodiscard]] std::string describe_series();

}  // namespace rekindle
