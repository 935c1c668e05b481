// What an LR range test found, as JSON and for people; of a recording (`lr-find`) and of a live stream (`ctl lr-find`).
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "learner/range_test.hpp"

namespace rekindle {

// Where a sweep begins and would end, and over how many samples, unless someone says otherwise.
struct Sweep {
  double low = 1e-5;
  double high = 10;
  std::uint64_t samples = 3000;
};

// {"suggestion", "min_lr", "max_lr", "valley", "diverged_at", "base_lr", "cycle_max_lr", "curve": [{"lr", "loss"}]}
[[nodiscard]] boost::json::object range_json(const RangeTest& test, const Sweep& sweep);

// The curve with a bar a line, then what follows from it.
[[nodiscard]] std::string range_text(std::span<const RangePoint> curve, const std::optional<RangeResult>& found);
// The same of what `range_json` made.
[[nodiscard]] std::string range_text(const boost::json::object& report);

}  // namespace rekindle
