#include <algorithm>
#include <cmath>
#include <limits>

#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Keras InverseTimeDecay: lr / (1 + decay_rate * k / decay_steps).
class InverseTime final : public LearningRateSchedule {
 public:
  InverseTime(double lr, double rate, double steps, bool staircase) : lr_(lr), rate_(rate), steps_(steps), staircase_(staircase) {}
  double rate_at(double step) const noexcept override {
    const double passed = std::min(step / steps_, std::numeric_limits<double>::max());
    return lr_ / (1 + rate_ * (staircase_ ? std::floor(passed) : passed));
  }

 private:
  double lr_;
  double rate_;
  double steps_;
  bool staircase_;
};

}  // namespace

ScheduleRow inverse_time_row() {
  return {"inverse_time",
          "lr / (1 + decay_rate * k / decay_steps)",
          {base_rate_parameter(), real("decay_rate").required().at_least(0).means("how much the divisor grows per decay_steps"),
           real("decay_steps", 1).above(0).means("steps per decay_rate"),
           boolean("staircase", false).means("floor k / decay_steps: constant between its multiples")},
          [](const Parameters& p, double lr) {
            return std::make_unique<InverseTime>(lr, p.real("decay_rate"), p.real("decay_steps"), p.boolean("staircase"));
          }};
}

}  // namespace rekindle
