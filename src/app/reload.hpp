// Reload: what of a new configuration a running daemon can take, and what it is told to restart for.
#pragma once

#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "base/result.hpp"

namespace rekindle {

struct ReloadPlan {
  Configuration configuration;             // The old one with those keys changed that can be.
  std::vector<std::string> changed;        // Those keys: "schedule.lr_max".
  std::vector<std::string> needs_restart;  // Keys that differ as well, and stay as they were.
};

// Both have passed every check. ErrorCode::configuration: the mixture of the two does not.
[[nodiscard]] Result<ReloadPlan> plan_reload(const Configuration& now, const Configuration& wanted);

// The part of an effective configuration (`Configuration::text`) that a learner is built from, in one form: equal texts, equal learners.
[[nodiscard]] std::string learner_text(const std::string& text);
// Reads it back, without secrets, addresses and files, of which only `learner` is of use.
[[nodiscard]] Result<Configuration> learner_configuration(const std::string& text);

}  // namespace rekindle
