// Truth: the planned drifts of a generated stream (the .truth.csv beside it), and how a detector's alarms hold up against them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "connectors/generate/drifting.hpp"

namespace rekindle {

// What `generate` wrote: a header with at least sample, kind and width, then a row for each drift, in order.
[[nodiscard]] Result<std::vector<PlannedDrift>> read_truth(const std::string& path);

struct DetectionScore {
  std::uint64_t drifts = 0;
  std::uint64_t detected = 0;
  std::uint64_t missed = 0;
  std::uint64_t false_alarms = 0;
  std::optional<double> mean_delay;  // Samples, over the detected drifts.
  std::optional<double> median_delay;
};

// A drift lasts from its beginning (a gradual one begins half its width before its middle) to the next one's. Its first alarm
// detects it; any other alarm is a false one. `alarms` ascend; drifts that begin at `length` or later do not count.
[[nodiscard]] DetectionScore score_alarms(std::span<const std::uint64_t> alarms, std::span<const PlannedDrift> drifts,
                                          std::uint64_t length);

// Between two alarms of one that fires as often as another which fired `alarms` times; 1000 where that never did.
[[nodiscard]] std::uint64_t dummy_interval(std::size_t alarms, std::uint64_t length);

// Who alarmed, and how that holds up.
struct Judged {
  std::string name;
  DetectionScore score;
};
// `name` beside two that need no input: one that never fires, one that fires as often as it did (or every 1000 values, where it
// never did).
[[nodiscard]] std::vector<Judged> judge(const std::string& name, std::span<const std::uint64_t> alarms,
                                        std::span<const PlannedDrift> drifts, std::uint64_t length);
[[nodiscard]] std::string judged_text(std::span<const Judged> rows, std::uint64_t length);
// drifts, detected, missed, false_alarms, mean_delay, median_delay.
[[nodiscard]] boost::json::object judged_json(const DetectionScore& score);

// Alarms at k, 2k, ... below `length`.
[[nodiscard]] std::vector<std::uint64_t> every(std::uint64_t k, std::uint64_t length);

}  // namespace rekindle
