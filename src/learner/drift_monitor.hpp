// DriftMonitor: runs the configured detectors on their signals, and lets through at most one alarm per drift.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// What one labelled sample offers the detectors.
struct DriftSignals {
  double error = 0;  // Classification: 0 or 1.
  double loss = 0;
  double gradient_norm = 0;  // Of the newest update.
  double prediction = 0;     // Regression: the value; binary: p(class 1).
};

struct Alarm {
  std::size_t detector = 0;
  DriftSignal signal;
};

class DriftMonitor {
 public:
  DriftMonitor(const DriftSpec& spec, Task task);

  // `sample` is the index of the labelled sample. An alarm is given at most once per cool-down, once `votes` detectors
  // have fired (in the wanted direction) within it.
  [[nodiscard]] std::optional<Alarm> observe(const DriftSignals& signals, std::uint64_t sample);

  // True when `max_per_million` incidents have opened within the last million samples: flapping.
  [[nodiscard]] bool flapping(std::uint64_t sample) const;
  // The alarm became an incident: the cool-down begins.
  void opened(std::size_t detector, DriftSeverity severity, std::uint64_t sample);

  [[nodiscard]] std::size_t size() const { return watchers_.size(); }
  [[nodiscard]] const std::string& name(std::size_t i) const { return watchers_[i].spec.name; }
  [[nodiscard]] double pressure(std::size_t i) const { return watchers_[i].detector->pressure(); }
  [[nodiscard]] const std::array<std::uint64_t, 3>& detections(std::size_t i) const { return watchers_[i].detections; }

  void save(ByteWriter& out) const;
  // A detector of another name or with other parameters than were saved starts anew.
  void load(ByteReader& in);

 private:
  struct Watcher {
    DetectorSpec spec;
    std::string identity;
    DriftInput on;
    std::unique_ptr<DriftDetector> detector;
    std::optional<std::uint64_t> fired;
    std::array<std::uint64_t, 3> detections{};
  };
  [[nodiscard]] bool wanted(const DriftSignal& signal) const;
  [[nodiscard]] std::uint64_t votes(std::uint64_t sample) const;

  DriftSpec spec_;
  std::vector<Watcher> watchers_;
  std::optional<std::uint64_t> last_incident_;
  std::vector<std::uint64_t> recent_;  // Samples of the newest incidents, at most max_per_million.
};

}  // namespace rekindle
