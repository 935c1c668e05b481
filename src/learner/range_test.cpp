#include "learner/range_test.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {
constexpr double smoothing = 0.98;
constexpr std::size_t settled = 100;  // Samples before the average means something.
constexpr double explosion = 3;       // Times the lowest average.
constexpr std::size_t most_window = 100;
}  // namespace

void RangeTest::observe(double lr, double loss) {
  if (diverged_) return;
  if (!std::isfinite(loss)) {
    diverged_ = true;
    return;
  }
  average_ = smoothing * average_ + (1 - smoothing) * loss;
  mass_ = smoothing * mass_ + (1 - smoothing);
  const double smooth = average_ / mass_;
  points_.push_back({lr, smooth});
  if (points_.size() <= settled) return;
  lowest_ = points_.size() == settled + 1 ? smooth : std::min(lowest_, smooth);
  diverged_ = points_.size() > 2 * settled && smooth > explosion * lowest_;
}

std::vector<RangePoint> RangeTest::curve(std::size_t most) const {
  const auto count = std::min(most, points_.size());
  std::vector<RangePoint> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(points_[i * points_.size() / count]);
  return out;
}

std::size_t RangeTest::window() const { return std::min(most_window, points_.size() / 10); }

std::optional<RangeResult> RangeTest::result() const {
  const auto half = window();
  const auto begin = half + std::min(settled / 2, points_.size() / 10);
  if (half == 0 || points_.size() < begin + half + 1) return std::nullopt;
  RangeResult out;
  double steepest = 0;
  double lowest = points_[begin].loss;
  out.valley = points_[begin].lr;
  for (std::size_t i = begin; i + half < points_.size(); ++i) {
    const double fall = points_[i - half].loss - points_[i + half].loss;
    if (fall > steepest) {
      steepest = fall;
      out.steepest = points_[i].lr;
    }
    if (points_[i].loss < lowest) {
      lowest = points_[i].loss;
      out.valley = points_[i].lr;
    }
  }
  if (steepest <= 0) return std::nullopt;
  if (diverged_) out.diverged = points_.back().lr;
  return out;
}

LearnerSpec range_test_spec(LearnerSpec spec, double low, double high, std::uint64_t samples) {
  spec.mode = LearnerMode::single;  // A portfolio has no one rate to look for.
  auto& schedule = spec.member.schedule;
  schedule = {};
  schedule.lr = low;
  schedule.unit = StepUnit::samples;
  schedule.schedule.row = find_row(schedules(), "exponential");
  schedule.schedule.parameters.set("gamma", Value(std::pow(high / low, 1 / static_cast<double>(std::max<std::uint64_t>(2, samples) - 1))));
  schedule.schedule.parameters.set("staircase", Value(false));
  spec.drift.policy = find_row(policies(), "none");
  spec.validation_every = 0;
  return spec;
}

}  // namespace rekindle
