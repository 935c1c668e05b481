#include <cmath>
#include <numbers>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// SGDR (Loshchilov and Hutter 2017), as torch's CosineAnnealingWarmRestarts by plain steps, with Keras' m_mul as
// peak_decay: the amplitude shrinks, the floor eta_min stays. T_mult may be any real >= 1.
class CosineRestarts final : public LearningRateSchedule {
 public:
  CosineRestarts(double lr, GrowingCycles cycles, double floor, double peak_decay)
      : lr_(lr), cycles_(cycles), floor_(floor), peak_decay_(peak_decay) {}

  double rate_at(double step) const noexcept override {
    const double cycle = cycles_.cycle_at(step);
    const double phase = cycles_.offset_at(step, cycle) / cycles_.length_of(cycle);
    const double amplitude = (lr_ - floor_) * std::pow(peak_decay_, cycle);
    return floor_ + amplitude * (1 + std::cos(std::numbers::pi * phase)) / 2;
  }
  double cycle_at(double step) const noexcept override { return cycles_.cycle_at(step); }

 private:
  double lr_;
  GrowingCycles cycles_;
  double floor_;
  double peak_decay_;
};

}  // namespace

ScheduleRow cosine_restarts_row() {
  return {"cosine_restarts",
          "cosine from lr down to eta_min, again and again; cycles T_mult times longer, peaks peak_decay times lower",
          {base_rate_parameter(), real("T_0").required().above(0).means("steps in the first cycle"),
           real("T_mult", 1).at_least(1).means("each cycle is this many times longer"), real("eta_min", 0).at_least(0).means("floor"),
           real("peak_decay", 1).above(0).at_most(1).means("amplitude of each cycle relative to the one before")},
          [](const Parameters& p, double lr) {
            return std::make_unique<CosineRestarts>(lr, GrowingCycles(p.real("T_0"), p.real("T_mult")), p.real("eta_min"),
                                                    p.real("peak_decay"));
          }};
}

}  // namespace rekindle
