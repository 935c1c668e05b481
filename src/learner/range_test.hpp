// RangeTest: the learning-rate range test (Smith 2017; fastai's lr_find): the rate rises exponentially, the smoothed loss falls,
// then explodes. Reads losses only; the learner that makes them is a copy.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "learner/spec.hpp"

namespace rekindle {

struct RangePoint {
  double lr = 0;
  double loss = 0;  // Smoothed.
};

struct RangeResult {
  double steepest = 0;             // Where, before the valley, the loss falls fastest over log(lr): the suggestion.
  double valley = 0;               // Where it is lowest.
  std::optional<double> diverged;  // Where a slower average was four times its lowest; nothing: never.
};

class RangeTest {
 public:
  // The loss of a sample at the rate it was learned with; rates ascend. A loss that is not finite ends the test.
  void observe(double lr, double loss);

  [[nodiscard]] std::size_t size() const { return points_.size(); }
  // Up to where it diverged, thinned to at most `most` points.
  [[nodiscard]] std::vector<RangePoint> curve(std::size_t most = 500) const;
  // Nothing: the loss never fell.
  [[nodiscard]] std::optional<RangeResult> result() const;

 private:
  [[nodiscard]] std::size_t window() const;
  std::vector<RangePoint> points_;
  double average_ = 0;
  double mass_ = 0;  // Of the average: corrects its start at zero.
  double slow_average_ = 0;
  double slow_mass_ = 0;
  double lowest_ = 0;
  bool diverged_ = false;
};

// The same learner with the rate rising from `low` to `high` over `samples`, no drift response and one update a batch as before.
[[nodiscard]] LearnerSpec range_test_spec(LearnerSpec spec, double low, double high, std::uint64_t samples);

}  // namespace rekindle
