// Parts for the tests of the drift monitor: one detector of an input, detectors that fire at a pulse, the alarms of pulses.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "learner/drift_monitor.hpp"
#include "support/learners.hpp"

namespace rekindle::test {

inline DriftSpec spec_on(DriftInput on, const std::string& type = "adwin", const Entries& parameters = {}) {
  auto out = spec_of(Recipe{}).drift;
  out.detectors = {{type, on, choose(detectors(), type, table(parameters))}};
  return out;
}

// Fires at a one that comes after zeros, at once, and then begins anew.
inline DetectorSpec pulse(std::string name, DriftInput on, const std::string& mode = "up") {
  return {std::move(name), on,
          choose(detectors(), "page_hinkley",
                 table({{"min_instances", std::int64_t{1}}, {"delta", 0.0}, {"threshold", 0.4}, {"alpha", 1.0}, {"mode", mode}}))};
}

inline DriftSpec pulses(std::vector<DetectorSpec> detectors, std::uint64_t votes, std::uint64_t cooldown) {
  auto out = spec_of(Recipe{}).drift;
  out.detectors = std::move(detectors);
  out.votes = votes;
  out.cooldown = cooldown;
  return out;
}

// Whether each of `samples`, all others zero, is an alarm; every alarm becomes an incident. Of detectors of the error and of the loss.
struct Pulse {
  std::uint64_t sample;
  double error;
  double loss;
};
inline std::vector<std::uint64_t> alarms(DriftMonitor& monitor, const std::vector<Pulse>& given, std::uint64_t samples = 100) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < samples; ++i) {
    DriftSignals signals;
    for (const auto& one : given) {
      if (one.sample == i) signals = {.error = one.error, .loss = one.loss};
    }
    const auto alarm = monitor.observe(signals, i);
    if (!alarm) continue;
    monitor.opened(alarm->detector, DriftSeverity::mild, i);
    out.push_back(i);
  }
  return out;
}

using Samples = std::vector<std::uint64_t>;

}  // namespace rekindle::test
