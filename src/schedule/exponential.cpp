#include <cmath>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch ExponentialLR (gamma) and Keras ExponentialDecay (decay_rate, decay_steps, staircase) are one curve:
// lr * rate^(k / steps), the exponent floored for a staircase.
class Exponential final : public LearningRateSchedule {
 public:
  Exponential(double lr, double rate, double steps, bool staircase) : lr_(lr), rate_(rate), steps_(steps), staircase_(staircase) {}
  double rate_at(double step) const noexcept override {
    const double exponent = step / steps_;
    return scaled(lr_, std::pow(rate_, staircase_ ? std::floor(exponent) : exponent));
  }

 private:
  double lr_;
  double rate_;
  double steps_;
  bool staircase_;
};

SchedulePointer make_exponential(const Parameters& p, double lr) {
  const bool by_gamma = p.has("gamma");
  return std::make_unique<Exponential>(lr, p.real(by_gamma ? "gamma" : "decay_rate"), by_gamma ? 1.0 : p.real("decay_steps"),
                                       p.boolean("staircase"));
}

std::string exponential_conflict(const Parameters& p) {
  const bool by_gamma = p.has("gamma");
  const bool by_rate = p.has("decay_rate") || p.has("decay_steps");
  if (by_gamma && by_rate) return "takes gamma, or decay_rate with decay_steps, never both";
  if (!by_gamma && !(p.has("decay_rate") && p.has("decay_steps"))) return "needs gamma, or decay_rate with decay_steps";
  return "";
}

}  // namespace

ScheduleRow exponential_row() {
  return {
      "exponential",
      "multiplied by gamma every step, or by decay_rate every decay_steps (smoothly, or as a staircase)",
      {base_rate_parameter(), real("gamma").above(0).means("factor per step; above 1 grows"),
       real("decay_rate").above(0).means("factor per decay_steps (Keras)"), real("decay_steps").above(0).means("steps per factor (Keras)"),
       boolean("staircase", false).means("floor the exponent: constant between multiples of decay_steps")},
      make_exponential,
      exponential_conflict};
}

}  // namespace rekindle
