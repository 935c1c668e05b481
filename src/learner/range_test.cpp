#include "learner/range_test.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {
constexpr double smoothing = 0.98;
constexpr double slow_smoothing = 0.995;     // An explosion is one of this average: a few labels that are noise make none.
constexpr std::size_t settled = 100;         // Samples before the average means something ...
constexpr std::size_t slowly_settled = 400;  // ... and the slow one.
constexpr double explosion = 4;              // Times the lowest, as in fastai.
constexpr std::size_t windows = 12;
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
  slow_average_ = slow_smoothing * slow_average_ + (1 - slow_smoothing) * loss;
  slow_mass_ = slow_smoothing * slow_mass_ + (1 - slow_smoothing);
  points_.push_back({lr, smooth});
  if (points_.size() <= slowly_settled) return;
  const double slow = slow_average_ / slow_mass_;
  lowest_ = points_.size() == slowly_settled + 1 ? slow : std::min(lowest_, slow);
  diverged_ = slow > explosion * lowest_;
}

std::vector<RangePoint> RangeTest::curve(std::size_t most) const {
  const auto count = std::min(most, points_.size());
  std::vector<RangePoint> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(points_[i * points_.size() / count]);
  return out;
}

// Between rates that are this many points apart the loss is compared: half a decade or so, which noise does not make.
std::size_t RangeTest::window() const { return points_.size() / windows; }

// Up to the valley: what falls behind it is noise, or a learner that comes back from where it was thrown.
std::optional<RangeResult> RangeTest::result() const {
  const auto half = window();
  const auto begin = half + std::min(settled / 2, points_.size() / 10);
  if (half == 0) return std::nullopt;
  const auto first = points_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto lowest = std::ranges::min_element(first, points_.end(), {}, &RangePoint::loss);
  RangeResult out;
  out.valley = lowest->lr;
  std::vector<double> sums(1, 0);
  for (const auto& point : points_) sums.push_back(sums.back() + point.loss);
  const auto mean = [&](std::size_t from, std::size_t to) { return (sums[to] - sums[from]) / static_cast<double>(to - from); };
  double steepest = 0;
  const auto end = std::min(static_cast<std::size_t>(lowest - points_.begin()) + 1, points_.size() - half);
  for (std::size_t i = begin; i < end; ++i) {
    const double fall = mean(i - half, i) - mean(i, i + half);
    if (fall <= steepest) continue;
    steepest = fall;
    out.steepest = points_[i].lr;
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
