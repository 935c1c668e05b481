// Incident: one drift, from the first evidence to the recovery, with what was done about it and what came of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace rekindle {

struct Incident {
  std::uint64_t id = 0;      // From 1, in the order of opening.
  std::uint64_t sample = 0;  // Index, from 0 in the whole stream, of the sample at which the detector fired.
  std::int64_t time_ms = 0;  // Event time of that sample.
  std::string detector;
  std::string severity;  // mild | moderate | extreme
  std::string kind;      // abrupt | gradual | recurring | burst
  std::string response;  // hold | bump | restart | replace
  double statistic = 0;  // The detector's evidence: for ADWIN the difference of the two windows' means.
  double mean_before = 0;
  double mean_after = 0;
  double lr_before = 0;
  double lr_after = 0;
  std::optional<double> loss_before;
  std::optional<double> loss_peak;
  std::optional<std::uint64_t> recovered_after;  // Labelled samples from `sample` on.
  bool rolled_back = false;
  // More of the evidence.
  double size = 0;                           // On the way from the usual error to chance, which is 1.
  std::string signal = {};                   // What the detector watched: error | loss | rank | ...
  std::optional<double> values_before = {};  // How many values the means are of, where the detector says so.
  std::optional<double> values_after = {};
  std::optional<double> p = {};  // That the means of shares differ so much by chance.
  // Of the probation that followed, for people; apart from what the state's hash covers.
  std::string tried = {};                            // "restart, fresh": who stood beside the champion.
  std::optional<double> loss_served = {};            // Mean over the probation.
  std::optional<double> loss_without_response = {};  // The same of the learner as it was before, learned on beside.

  // Of the samples kept from before, the served model's mean loss 1,000 samples after the drift was seen, later every 10,000.
  std::optional<double> forgetting_loss = {};

  // All but `time_ms`, because the same samples may come with other record times and are the same state, and but what the
  // probation showed, because a trial that changed nothing leaves the state as it was.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);
  void save_notes(ByteWriter& out) const;
  void load_notes(ByteReader& in);
};

}  // namespace rekindle
