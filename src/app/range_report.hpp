// What an LR range test found, as JSON and for people; of a recording (`lr-find`) and of a live stream (`ctl lr-find`).
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "app/rate_race.hpp"
#include "learner/range_test.hpp"

namespace rekindle {

// Where a sweep begins and would end, and over how many samples, unless someone says otherwise.
struct Sweep {
  double low = 1e-5;
  double high = 10;
  std::uint64_t samples = 3000;
};

// {"suggestion", "min_lr", "max_lr", "steepest", "valley", "diverged_at", "base_lr", "cycle_max_lr", "curve": [{"lr", "loss"}],
// "race": [{"lr", "loss"}], "race_samples"}. The suggestion is the best of the race, or where there was none the steepest fall.
[[nodiscard]] boost::json::object range_json(const RangeTest& test, const Sweep& sweep, std::span<const RacedRate> race = {},
                                             std::uint64_t race_samples = 0);

// For people: the curve with a bar a line, then what follows from it.
[[nodiscard]] std::string range_text(const boost::json::object& report);

}  // namespace rekindle
