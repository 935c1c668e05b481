#include <cmath>

#include "schedule/cycles.hpp"
#include "schedule/parts.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Any schedule again and again, as CosineRestarts does with the cosine: cycle i is T_mult^i times as long, and its rates
// are those of the schedule times peak_decay^i. The schedule's own steps are not stretched.
class Repeat final : public LearningRateSchedule {
 public:
  Repeat(SchedulePointer part, GrowingCycles cycles, double peak_decay)
      : part_(std::move(part)), cycles_(cycles), peak_decay_(peak_decay) {}

  double rate_at(double step) const noexcept override {
    const double cycle = cycles_.cycle_at(step);
    return part_->rate_at(cycles_.offset_at(step, cycle)) * std::pow(peak_decay_, cycle);
  }
  std::optional<double> momentum_at(double step) const noexcept override {
    return part_->momentum_at(cycles_.offset_at(step, cycles_.cycle_at(step)));
  }
  bool has_momentum() const noexcept override { return part_->has_momentum(); }
  double cycle_at(double step) const noexcept override { return cycles_.cycle_at(step); }

 private:
  SchedulePointer part_;
  GrowingCycles cycles_;
  double peak_decay_;
};

}  // namespace

ScheduleRow repeat_row() {
  return {"repeat",
          "restarts another schedule every period; periods T_mult times longer, rates peak_decay times lower",
          {base_rate_parameter(), of_kind("schedule", ParameterKind::table).required().means("what is repeated; inherits lr"),
           real("period").required().above(0).means("steps in the first cycle"),
           real("T_mult", 1).at_least(1).means("each cycle is this many times longer"),
           real("peak_decay", 1).above(0).at_most(1).means("rates of each cycle relative to the one before")},
          [](const Parameters& p, double lr) {
            return std::make_unique<Repeat>(make_part(*p.find("schedule"), lr), GrowingCycles(p.real("period"), p.real("T_mult")),
                                            p.real("peak_decay"));
          },
          {},
          check_part};
}

}  // namespace rekindle
