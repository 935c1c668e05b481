// LearningRateSchedule: the learning rate as a function of the step alone: same step, same rate, for ever.
//
// A schedule has no memory. A warm restart is the caller moving the origin, a resume is the caller asking for a later
// step; so there is nothing to save, and nesting cannot go wrong. Steps count from 0 at the origin and may be
// fractional (seconds of event time).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/registry.hpp"

namespace rekindle {

class LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule() = default;

  // `step` >= 0. Finite and never negative for parameters that passed the check. Past its end a schedule holds its last value.
  [[nodiscard]] virtual double rate_at(double step) const noexcept = 0;

  // Momentum (Adam: beta1) at that step, for schedules that cycle it.
  [[nodiscard]] virtual std::optional<double> momentum_at(double /*step*/) const noexcept { return std::nullopt; }

  // True when `momentum_at` has a value at some step.
  [[nodiscard]] virtual bool has_momentum() const noexcept { return false; }

  // Which of its cycles a restarting schedule is in, from 0.
  [[nodiscard]] virtual double cycle_at(double /*step*/) const noexcept { return 0; }
};

using SchedulePointer = std::unique_ptr<const LearningRateSchedule>;

// `lr` is the base rate: the parameter where the row takes one and it was written, else the optimizer's default.
using ScheduleFactory = std::function<SchedulePointer(const Parameters&, double lr)>;
using ScheduleRow = RegistryRow<ScheduleFactory>;

// All schedules, in the order they are listed to people.
[[nodiscard]] std::span<const ScheduleRow> schedules();

// The `lr` parameter, for the rows that take a base rate.
[[nodiscard]] ParameterSpec base_rate_parameter();

}  // namespace rekindle
