#include <cmath>

#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Vowpal Wabbit's --sgd step size: lr * (t0 / (t0 + t))^power_t, t counting from 1 with the current update.
class Power final : public LearningRateSchedule {
 public:
  Power(double lr, double initial, double power) : lr_(lr), initial_(initial), power_(power) {}
  double rate_at(double step) const noexcept override {
    return power_ == 0 ? lr_ : lr_ * std::pow(initial_ / (initial_ + step + 1), power_);
  }

 private:
  double lr_;
  double initial_;
  double power_;
};

std::string power_conflict(const Parameters& p) {
  return p.real("initial_t") > 0 || p.real("power_t") == 0 ? "" : "initial_t must be > 0 unless power_t is 0, got 0";
}

}  // namespace

ScheduleRow power_row() {
  return {"power",
          "lr * (initial_t / (initial_t + k + 1))^power_t (Vowpal Wabbit)",
          {base_rate_parameter(), real("initial_t", 1).at_least(0).means("steps that count as done already"),
           real("power_t", 0.5).at_least(0).means("how fast the rate falls; 0: constant")},
          [](const Parameters& p, double lr) { return std::make_unique<Power>(lr, p.real("initial_t"), p.real("power_t")); },
          power_conflict};
}

}  // namespace rekindle
