// DriftMonitor: runs the configured detectors on their signals, and lets through at most one alarm per drift.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "drift/severity.hpp"
#include "learner/rank_signal.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// What one sample offers the detectors; without a label only its prediction and features.
struct DriftSignals {
  double error = 0;  // Classification: 0 or 1.
  double loss = 0;
  double gradient_norm = 0;  // Of the newest update.
  double prediction = 0;     // Regression: the value; binary: p(class 1).
  double target = 0;         // The value, or the class's index.
  std::span<const double> values = {};
  bool labelled = true;
  bool late = false;  // Prediction and features were seen before, without the label.
};

struct Alarm {
  std::size_t detector = 0;
  DriftSignal signal;
};

class DriftMonitor {
 public:
  // `features` are the names of `DriftSignals::values`. In a binary task, a detector of any number that watches `auto` has a
  // second one beside it that watches ranks while the share of the rarer class is below 0.2: of each sample of that class, and of four
  // of the other one to each of these.
  DriftMonitor(const DriftSpec& spec, Task task, std::span<const std::string> features = {});

  // `sample` counts the samples. A signal that is not finite is passed over. An alarm is given at most once per cool-down, once `votes`
  // detectors have fired (in the wanted direction) within it.
  [[nodiscard]] std::optional<Alarm> observe(const DriftSignals& signals, std::uint64_t sample);

  // True when `max_per_million` incidents have opened within the last million samples: flapping.
  [[nodiscard]] bool flapping(std::uint64_t sample) const;
  // The alarm became an incident: the cool-down begins.
  void opened(std::size_t detector, DriftSeverity severity, std::uint64_t sample);

  [[nodiscard]] std::size_t size() const { return watchers_.size(); }
  [[nodiscard]] const std::string& name(std::size_t i) const { return watchers_[i].name; }
  [[nodiscard]] DriftInput input(std::size_t i) const { return watchers_[i].on; }
  [[nodiscard]] bool warning(std::size_t i) const { return watchers_[i].warning; }
  [[nodiscard]] std::uint64_t warnings(std::size_t i) const { return watchers_[i].warnings; }  // That have begun.
  // Some detector can do without labels.
  [[nodiscard]] bool watches_unlabelled() const { return watches_unlabelled_; }
  // How much worse than usual the ranks are; chance is 0.5.
  [[nodiscard]] const SeverityEstimate& rank_severity() const { return rank_severity_; }
  [[nodiscard]] double pressure(std::size_t i) const { return watchers_[i].detector->pressure(); }
  [[nodiscard]] const std::array<std::uint64_t, 3>& detections(std::size_t i) const { return watchers_[i].detections; }

  void save(ByteWriter& out) const;
  // A detector of another name or with other parameters than were saved starts anew.
  void load(ByteReader& in);

 private:
  struct Watcher {
    DetectorSpec spec;
    std::string name;  // Unique.
    std::string identity;
    DriftInput on;
    std::size_t voter;  // The configured detector it votes for.
    bool while_rare;    // Only while the rarer class's share is small.
    std::optional<std::size_t> feature;
    std::unique_ptr<DriftDetector> detector;
    std::optional<std::uint64_t> fired;
    std::array<std::uint64_t, 3> detections{};
    std::uint64_t warnings = 0;
    bool warning = false;
  };
  void add_watcher(const DetectorSpec& spec, DriftInput on, std::size_t voter, bool while_rare, std::span<const std::string> features);
  void observe_rank_severity(bool positive, double prediction, std::uint64_t sample);
  void observe_rank(const DriftSignals& signals, std::uint64_t sample);
  [[nodiscard]] bool is_ranked(bool positive, std::uint64_t sample) const;
  [[nodiscard]] double value_of(const Watcher& watcher, const DriftSignals& signals, std::uint64_t sample) const;
  [[nodiscard]] double rank_of(const Watcher& watcher, const DriftSignals& signals, std::uint64_t sample) const;
  [[nodiscard]] bool wanted(const DriftSignal& signal) const;
  [[nodiscard]] std::uint64_t votes(std::uint64_t sample) const;

  DriftSpec spec_;
  Task task_;
  std::vector<Watcher> watchers_;
  bool watches_unlabelled_ = false;
  bool watches_rank_ = false;
  RankSignal ranks_;
  bool rare_ = false;  // The rarer class's share is small.
  SeverityEstimate rank_severity_;
  std::optional<std::uint64_t> last_incident_;
  std::vector<std::uint64_t> recent_;  // Samples of the newest incidents, at most max_per_million.
};

}  // namespace rekindle
