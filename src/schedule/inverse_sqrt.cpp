#include <cmath>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Vaswani et al. 2017 (the "Noam" schedule) with lr as its peak: lr * (k+1) / w while k < w, then lr * sqrt(w / (k+1)).
class InverseSqrt final : public LearningRateSchedule {
 public:
  InverseSqrt(double lr, double warmup) : lr_(lr), warmup_(warmup) {}
  double rate_at(double step) const noexcept override {
    const double k = step + 1;
    return scaled(lr_, step < warmup_ ? k / warmup_ : std::sqrt(warmup_ / k));
  }

 private:
  double lr_;
  double warmup_;
};

}  // namespace

ScheduleRow inverse_sqrt_row() {
  return {"inverse_sqrt",
          "straight up to lr in warmup_steps, then down with the inverse root of the step",
          {base_rate_parameter(), real("warmup_steps", 1).above(0).means("steps of the rise; also the scale of the fall")},
          [](const Parameters& p, double lr) { return std::make_unique<InverseSqrt>(lr, p.real("warmup_steps")); }};
}

}  // namespace rekindle
