// Event: everything that leaves the core besides predictions. Log, metrics, page and tests all read these.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "data/incident.hpp"

namespace rekindle {

struct IncidentOpened {
  Incident incident;
};
struct IncidentRecovered {
  Incident incident;
};
struct LearningRateRestarted {
  std::uint64_t sample = 0;
  std::string reason;  // drift | command
  double lr_before = 0;
  double lr_after = 0;
};
struct OptimizerReset {
  std::uint64_t sample = 0;
  std::string reason;  // drift | command | period
  double fraction = 1;
};
// A loss, gradient or weight that is not finite: the update was not made.
struct UpdateSkipped {
  std::uint64_t sample = 0;
  double lr = 0;
};
// What an operator did to the rate: "bump", "pin" or "unpin".
struct LearningRateCommanded {
  std::uint64_t sample = 0;
  std::string command;
  double lr_before = 0;
  double lr_after = 0;
};
// A response was undone: weights, accumulators and schedule are those of before it.
struct ResponseRolledBack {
  std::uint64_t sample = 0;
  std::string reason;  // trial | command
  double lr_before = 0;
  double lr_after = 0;
};
// A challenger became the champion.
struct ChampionReplaced {
  std::uint64_t sample = 0;
  std::string by;  // fresh | memory
  double lr_before = 0;
  double lr_after = 0;
};
struct ClassAdded {
  std::uint64_t sample = 0;
  std::string name;
  std::size_t index = 0;
};

// The learner blew up: the rate is cut until the next restart.
struct Diverged {
  std::uint64_t sample = 0;
  double lr_before = 0;
  double lr_after = 0;
  bool rolled_back = false;  // To the last good state.
  bool held = false;         // The third time at short intervals: no learning for a while.
};
// The loss stood still: the rate is raised and decays more slowly from here (`plateau_bump`), or it is lowered (the schedule
// `plateau`).
struct PlateauMet {
  std::uint64_t sample = 0;
  double lr_before = 0;
  double lr_after = 0;
  // A bump while the rate is held at 0 shows later.
  [[nodiscard]] bool is_bump() const { return lr_after >= lr_before; }
  [[nodiscard]] const char* answer() const { return is_bump() ? "bump" : "plateau"; }
};

using Event = std::variant<IncidentOpened, IncidentRecovered, LearningRateRestarted, OptimizerReset, UpdateSkipped, ClassAdded, Diverged,
                           PlateauMet, LearningRateCommanded, ResponseRolledBack, ChampionReplaced>;

}  // namespace rekindle
