#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "schedule/cycles.hpp"
#include "schedule/keys.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Smith and Topin 2018, as torch OneCycleLR: up to max_lr, down to max_lr / div_factor / final_div_factor (with
// three_phase by way of the first rate), momentum the other way. Phases end on a step, hence the "- 1".
class OneCycle final : public LearningRateSchedule {
 public:
  explicit OneCycle(const Parameters& p) : is_cosine_(p.string("anneal_strategy") == "cos"), cycles_momentum_(p.boolean("cycle_momentum")) {
    const double total = p.real("total_steps");
    const double rise = p.real("pct_start") * total;
    const double highest = p.real("max_lr");
    const double first = scaled(highest, 1 / p.real("div_factor"));
    const double last = scaled(first, 1 / p.real("final_div_factor"));
    const double low = p.real("base_momentum");
    const double high = p.real("max_momentum");
    if (p.boolean("three_phase")) {
      ends_ = {rise - 1, 2 * rise - 2, total - 1};
      rates_ = {first, highest, first, last};
      momenta_ = {high, low, high, high};
    } else {
      ends_ = {rise - 1, total - 1, total - 1};
      rates_ = {first, highest, last, last};
      momenta_ = {high, low, high, high};
    }
  }

  double rate_at(double step) const noexcept override { return at(step, rates_); }
  std::optional<double> momentum_at(double step) const noexcept override {
    return cycles_momentum_ ? std::optional(at(step, momenta_)) : std::nullopt;
  }
  bool has_momentum() const noexcept override { return cycles_momentum_; }

 private:
  // `corners` are the values between the phases.
  double at(double step, const std::array<double, 4>& corners) const noexcept {
    const double k = std::min(step, ends_[2]);
    const std::size_t phase = k <= ends_[0] ? 0 : (k <= ends_[1] ? 1 : 2);
    const double start = phase == 0 ? 0 : ends_[phase - 1];
    const double length = ends_[phase] - start;
    const double share = length > 0 ? (k - start) / length : 1;
    const double from = corners[phase];
    const double to = corners[phase + 1];
    return is_cosine_ ? to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2 : from + (to - from) * share;
  }
  bool is_cosine_;
  bool cycles_momentum_;
  std::array<double, 3> ends_{};  // Last step of each phase.
  std::array<double, 4> rates_{};
  std::array<double, 4> momenta_{};
};

}  // namespace

ScheduleRow one_cycle_row() {
  std::vector<ParameterSpec> keys = {
      real("max_lr").required().at_least(0).means("highest rate"),
      real("total_steps").required().at_least(1).means("steps in the whole cycle"),
      real("pct_start", 0.3).at_least(0).at_most(1).means("share of the steps that rise"),
      choice("anneal_strategy", {"cos", "linear"}, "cos").means("shape of rise and fall"),
      real("div_factor", 25).above(0).means("first rate = max_lr / div_factor"),
      real("final_div_factor", 1e4).above(0).means("last rate = first rate / final_div_factor"),
      boolean("three_phase", false).means("fall as long as it rose, then on to the last rate"),
  };
  append_momentum_keys(keys, 0.85, 0.95);
  return {"one_cycle", "once up to max_lr and down to almost nothing, momentum the other way", std::move(keys),
          [](const Parameters& p, double /*lr*/) { return std::make_unique<OneCycle>(p); }, momentum_conflict};
}

}  // namespace rekindle
