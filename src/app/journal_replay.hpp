// A replay that follows a journal: the records of a recording in the daemon's order, and the operators' commands where they came.
#pragma once

#include <string>

#include "app/configuration.hpp"
#include "app/session.hpp"
#include "data/position.hpp"

namespace rekindle {

// What the journal says the configuration was at its beginning, where `given` is the one that it began or ended with. Any other
// configuration is a question of its own ("what if"): it is used as it is, and reloads in the journal are passed over.
struct JournalPlan {
  Configuration configuration;
  bool follows_reloads = true;
};
[[nodiscard]] Result<JournalPlan> plan_journal_replay(const Configuration& given, const std::string& journal);

// `session` is of the plan's configuration and new. The position behind the last record.
[[nodiscard]] Result<Position> replay_journal(const JournalPlan& plan, const std::string& journal, const std::string& recording,
                                              Session& session, ErrorBudget& budget);

}  // namespace rekindle
