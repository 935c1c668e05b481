// Response: what is done about a drift, at once and on trial beside the champion.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "drift/kind.hpp"

namespace rekindle {

// What may stand beside the champion: a copy whose rate was restarted and whose accumulators were dropped, a new model, the
// best of the archived champions.
enum class Challenger : std::uint8_t { restart, fresh, memory };
inline constexpr std::array<const char*, 3> challenger_names = {"restart", "fresh", "memory"};

// Gentle cycling while a gradual drift lasts: the rate rises to `factor` times its value and falls back within a period.
struct RateCycle {
  double factor = 2;
  double period = 2000;  // Samples.
};

// One row of `drift.responses`; without anything set it is "hold".
struct Response {
  double bump = 1;           // Factor on the rate; 1: none.
  double decay_stretch = 2;  // After a bump the schedule decays this much slower.
  double forget = 0;         // Share of the optimizer's accumulators to drop.
  bool restart = false;      // Warm restart of the schedule.
  double warmup = 100;       // Samples of a linear warm-up after a restart, where the schedule has none of its own.
  std::vector<Challenger> trial;
  std::optional<RateCycle> cycle;

  [[nodiscard]] bool acts_at_once() const { return bump != 1 || forget != 0 || restart || cycle.has_value(); }
  [[nodiscard]] bool holds() const { return !acts_at_once() && trial.empty(); }
};

// By severity, and by kind where a row for the kind is there: a kind wins over a severity. Measured; see docs/policy.md.
struct ResponseTable {
  std::array<Response, 3> by_severity = {
      Response{.bump = 2, .forget = 0.5, .trial = {}, .cycle = {}},
      Response{.trial = {Challenger::restart, Challenger::fresh}, .cycle = {}},
      Response{.forget = 1, .restart = true, .trial = {Challenger::fresh, Challenger::memory}, .cycle = {}},
  };
  std::array<std::optional<Response>, 4> by_kind = {
      std::nullopt,
      Response{.trial = {}, .cycle = RateCycle{}},
      Response{.trial = {Challenger::memory, Challenger::fresh}, .cycle = {}},
      Response{},
  };
};

}  // namespace rekindle
