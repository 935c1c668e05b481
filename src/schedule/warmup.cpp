#include "schedule/warmup.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rekindle {

namespace {

class WarmedUp final : public LearningRateSchedule {
 public:
  WarmedUp(Warmup warmup, SchedulePointer main) : warmup_(warmup), main_(std::move(main)), first_(main_->rate_at(0)) {}
  double rate_at(double step) const noexcept override {
    return step < warmup_.steps ? first_ * warmup_.factor_at(step) : main_->rate_at(step - warmup_.steps);
  }
  std::optional<double> momentum_at(double step) const noexcept override { return main_->momentum_at(main_step(step)); }
  bool has_momentum() const noexcept override { return main_->has_momentum(); }
  double cycle_at(double step) const noexcept override { return main_->cycle_at(main_step(step)); }

 private:
  double main_step(double step) const noexcept { return std::max(0.0, step - warmup_.steps); }
  Warmup warmup_;
  SchedulePointer main_;
  double first_;
};

}  // namespace

double Warmup::factor_at(double step) const noexcept {
  switch (kind) {
    case WarmupKind::linear: return start_factor + (1 - start_factor) * step / steps;
    case WarmupKind::exponential: return std::pow(start_factor, 1 - step / steps);
    case WarmupKind::constant: break;
  }
  return start_factor;
}

std::span<const ParameterSpec> warmup_parameters() {
  static const std::array specs = {
      real("steps").required().at_least(0).means("length, in the schedule's unit"),
      real("start_factor", 0.01).above(0).at_most(1).means("share of the first rate to start from"),
      choice("kind", {"linear", "exponential", "constant"}, "linear").means("shape of the rise"),
  };
  return specs;
}

Warmup warmup_from(const Parameters& parameters) {
  const auto& kind = parameters.string("kind");
  return {parameters.real("steps"), parameters.real("start_factor"),
          kind == "linear"        ? WarmupKind::linear
          : kind == "exponential" ? WarmupKind::exponential
                                  : WarmupKind::constant};
}

SchedulePointer with_warmup(Warmup warmup, SchedulePointer main) {
  if (warmup.steps <= 0) return main;
  return std::make_unique<WarmedUp>(warmup, std::move(main));
}

}  // namespace rekindle
