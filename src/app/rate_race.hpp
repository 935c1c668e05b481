// RateRace: constant learning rates side by side over a recording; which of them would have been the best is known then.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "app/configuration.hpp"
#include "app/recording_pass.hpp"
#include "app/session.hpp"

namespace rekindle {

struct RacedRate {
  double lr = 0;
  double loss = 0;  // Prequential, mean; not finite where the rate was too high.
};

struct RateRace {
  std::vector<RacedRate> rates;
  std::uint64_t samples = 0;
};

// Half a decade from one to the next, from `low` to `high`. All begin with `state`, or from nothing where it is empty.
[[nodiscard]] Result<RateRace> race_rates(const Configuration& configuration, const RecordingPassOptions& options, double low, double high,
                                          std::vector<StateSection> state);

// The lowest, between the rates that ran: of a parabola over log(lr) through the best of them and its neighbours.
[[nodiscard]] std::optional<double> best_rate(std::span<const RacedRate> race);

}  // namespace rekindle
