#include <algorithm>
#include <cmath>
#include <vector>

#include "schedule/cycles.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// torch MultiStepLR: a milestone listed twice counts twice.
class Multistep final : public LearningRateSchedule {
 public:
  Multistep(double lr, std::vector<double> milestones, double gamma) : lr_(lr), milestones_(std::move(milestones)), gamma_(gamma) {
    std::ranges::sort(milestones_);
  }
  double rate_at(double step) const noexcept override {
    const auto passed = std::ranges::upper_bound(milestones_, step) - milestones_.begin();
    return scaled(lr_, std::pow(gamma_, static_cast<double>(passed)));
  }

 private:
  double lr_;
  std::vector<double> milestones_;
  double gamma_;
};

}  // namespace

ScheduleRow multistep_row() {
  return {"multistep",
          "multiplied by gamma at each milestone",
          {base_rate_parameter(),
           of_kind("milestones", ParameterKind::reals)
               .required()
               .at_least(0)
               .means("steps at which the rate drops; one listed twice counts twice"),
           real("gamma", 0.1).above(0).means("factor at each milestone")},
          [](const Parameters& p, double lr) { return std::make_unique<Multistep>(lr, p.reals("milestones"), p.real("gamma")); }};
}

}  // namespace rekindle
