// Arithmetic that several schedules share, safe for every step and every parameter that passed the check.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace rekindle {

// lr * factor for factor >= 0, which may be infinite: the largest finite double is as good as infinity to the bounds above us.
[[nodiscard]] inline double scaled(double lr, double factor) noexcept {
  return lr == 0 ? 0 : std::min(lr * factor, std::numeric_limits<double>::max());
}

// How many whole cycles of `length` fit into `step`. Beyond 2^53 a double cannot count them.
[[nodiscard]] inline double whole_cycles(double step, double length) noexcept { return std::min(std::floor(step / length), 0x1p53); }

// Cycles of which each is `growth` >= 1 times as long as the one before, the first `first` steps.
class GrowingCycles {
 public:
  GrowingCycles(double first, double growth) noexcept : first_(first), growth_(growth) {}

  // The logarithm may be off by one at an exact restart (torch's step(epoch) is); the starts themselves decide.
  [[nodiscard]] double cycle_at(double step) const noexcept {
    if (growth_ == 1) return whole_cycles(step, first_);
    double cycle = std::min(std::floor(std::log1p(step / first_ * (growth_ - 1)) / std::log(growth_)), 0x1p53);
    if (start_of(cycle + 1) <= step) ++cycle;
    if (cycle > 0 && start_of(cycle) > step) --cycle;
    return cycle;
  }

  // Steps since the start of `cycle`, from 0 to its length.
  [[nodiscard]] double offset_at(double step, double cycle) const noexcept {
    return std::clamp(step - start_of(cycle), 0.0, length_of(cycle));
  }

  [[nodiscard]] double length_of(double cycle) const noexcept { return first_ * std::pow(growth_, cycle); }

 private:
  [[nodiscard]] double start_of(double cycle) const noexcept {
    return growth_ == 1 ? cycle * first_ : first_ * (std::pow(growth_, cycle) - 1) / (growth_ - 1);
  }
  double first_;
  double growth_;
};

}  // namespace rekindle
