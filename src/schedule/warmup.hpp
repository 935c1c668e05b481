// Warm-up: a rise from a small rate to the schedule's first one, before any schedule.
#pragma once

#include "schedule/schedule.hpp"

namespace rekindle {

enum class WarmupKind : std::uint8_t { linear, exponential, constant };

// With s = start_factor, n = steps and r the main schedule's rate at its step 0, step j < n has r*(s + (1-s)*j/n)
// (linear), r*s^(1-j/n) (exponential) or r*s (constant, then a jump); at j = n the main schedule starts at its step 0.
struct Warmup {
  double steps = 0;
  double start_factor = 0.01;
  WarmupKind kind = WarmupKind::linear;

  // The factor on r at step j < steps.
  [[nodiscard]] double factor_at(double step) const noexcept;
};

[[nodiscard]] std::span<const ParameterSpec> warmup_parameters();
[[nodiscard]] Warmup warmup_from(const Parameters& parameters);
[[nodiscard]] SchedulePointer with_warmup(Warmup warmup, SchedulePointer main);

}  // namespace rekindle
