#include <cmath>

#include "schedule/cycles.hpp"
#include "schedule/keys.hpp"
#include "schedule/rows.hpp"

namespace rekindle {

namespace {

enum class Fading : std::uint8_t { none, halves, exponential };

// Smith 2017, as torch CyclicLR: up from the base rate and down again, the amplitude constant (triangular), halved every
// cycle (triangular2) or times gamma^k (exp_range); momentum goes down while the rate goes up.
class Cyclic final : public LearningRateSchedule {
 public:
  explicit Cyclic(const Parameters& p)
      : base_(p.real("base_lr")),
        max_(p.real("max_lr")),
        up_(p.real("step_size_up")),
        down_(p.has("step_size_down") ? p.real("step_size_down") : up_),
        gamma_(p.real("gamma")),
        fading_(p.string("mode") == "triangular"    ? Fading::none
                : p.string("mode") == "triangular2" ? Fading::halves
                                                    : Fading::exponential),
        cycles_momentum_(p.boolean("cycle_momentum")),
        max_momentum_(p.real("max_momentum")),
        base_momentum_(p.real("base_momentum")) {}

  // std::lerp: exactly the maximum at the top.
  double rate_at(double step) const noexcept override { return std::lerp(base_, max_, level_at(step)); }
  std::optional<double> momentum_at(double step) const noexcept override {
    if (!cycles_momentum_) return std::nullopt;
    return std::lerp(max_momentum_, base_momentum_, level_at(step));
  }
  bool has_momentum() const noexcept override { return cycles_momentum_; }
  double cycle_at(double step) const noexcept override { return whole_cycles(step, up_ + down_); }

 private:
  // From 0 to 1: how far up between the base and the maximum.
  double level_at(double step) const noexcept {
    const double offset = std::fmod(step, up_ + down_);
    const double triangle = offset <= up_ ? offset / up_ : (up_ + down_ - offset) / down_;
    switch (fading_) {
      case Fading::none: return triangle;
      case Fading::halves: return triangle * std::pow(0.5, cycle_at(step));
      case Fading::exponential: return triangle * std::pow(gamma_, step);
    }
    return triangle;
  }
  double base_;
  double max_;
  double up_;
  double down_;
  double gamma_;
  Fading fading_;
  bool cycles_momentum_;
  double max_momentum_;
  double base_momentum_;
};

std::string cyclic_conflict(const Parameters& p) {
  if (p.real("base_lr") > p.real("max_lr")) {
    return fmt::format("base_lr must be <= max_lr, got {} and {}", p.real("base_lr"), p.real("max_lr"));
  }
  return momentum_conflict(p);
}

}  // namespace

ScheduleRow cyclic_row() {
  std::vector<ParameterSpec> keys = {
      real("base_lr").required().at_least(0).means("lowest rate"),
      real("max_lr").required().at_least(0).means("highest rate"),
      real("step_size_up", 2000).above(0).means("steps from the lowest to the highest"),
      real("step_size_down").above(0).means("steps back; by default as many"),
      choice("mode", {"triangular", "triangular2", "exp_range"}, "triangular")
          .means("amplitude: constant, halved each cycle, or times gamma^k"),
      real("gamma", 1).above(0).at_most(1).means("for exp_range"),
  };
  append_momentum_keys(keys, 0.8, 0.9);
  return {"cyclic", "up and down between base_lr and max_lr, momentum the other way", std::move(keys),
          [](const Parameters& p, double /*lr*/) { return std::make_unique<Cyclic>(p); }, cyclic_conflict};
}

}  // namespace rekindle
