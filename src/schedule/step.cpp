#include <cmath>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch StepLR.
class Step final : public LearningRateSchedule {
 public:
  Step(double lr, double step_size, double gamma) : lr_(lr), step_size_(step_size), gamma_(gamma) {}
  double rate_at(double step) const noexcept override { return scaled(lr_, std::pow(gamma_, std::floor(step / step_size_))); }

 private:
  double lr_;
  double step_size_;
  double gamma_;
};

}  // namespace

ScheduleRow step_row() {
  return {"step",
          "multiplied by gamma every step_size steps",
          {base_rate_parameter(), real("step_size").required().above(0).means("steps between drops"),
           real("gamma", 0.1).above(0).means("factor at each drop")},
          [](const Parameters& p, double lr) { return std::make_unique<Step>(lr, p.real("step_size"), p.real("gamma")); }};
}

}  // namespace rekindle
