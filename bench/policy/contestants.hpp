// Who takes part in the policy suite, and what one of them did on one stream.
#pragma once

#include <string>
#include <vector>

#include "bench/policy/streams.hpp"
#include "learner/spec.hpp"

namespace rekindle::bench {

struct Contestant {
  std::string name;
  std::string group;  // portfolio | single | constant
  LearnerSpec spec;
};

// For a stream of so many classes: the portfolios, a single learner under each policy, the constant rates. `hidden`: units of an
// MLP's hidden layer; 0: linear.
[[nodiscard]] std::vector<Contestant> contestants(std::size_t classes, std::uint64_t seed, std::size_t hidden);

// The portfolio, or one learner of RMSProp whose rate falls to a tenth, under that policy; see `contestants`.
[[nodiscard]] LearnerSpec portfolio_spec(std::size_t classes, std::uint64_t seed, const std::string& policy);
[[nodiscard]] LearnerSpec decaying_spec(std::size_t classes, std::uint64_t seed, const std::string& policy);

struct PolicyRun {
  double error = 0;  // Share of wrong predictions, each made before its label was learned.
  std::size_t alarms = 0;
  std::size_t false_alarms = 0;  // More than 2000 samples after the last drift, where drifts are known.
  std::size_t found = 0;         // Drifts that were.
  double delay = 0;              // Mean, in samples, of those found.
  double errors_per_drift = 0;   // Wrong predictions in the 2000 samples after a drift, beyond the usual.
  std::size_t swaps = 0;         // Restarts and replacements after a trial, and roll-backs.
  double microseconds = 0;       // Of one sample, CPU time.
};

[[nodiscard]] PolicyRun run_policy(const Contestant& contestant, const PolicyStream& stream);

}  // namespace rekindle::bench
