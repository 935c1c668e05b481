#include <algorithm>
#include <cmath>
#include <numbers>

#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Warmup-stable-decay: Hu et al. 2024 (MiniCPM), the warm-up being `warmup`; "sqrt" is 1 - sqrt of Hägele et al. 2024.
class WarmupStableDecay final : public LearningRateSchedule {
 public:
  WarmupStableDecay(double lr, double stable, double decay, double floor, double (*fall)(double))
      : lr_(lr), stable_(stable), decay_(decay), floor_(floor), fall_(fall) {}
  double rate_at(double step) const noexcept override {
    const double phase = std::clamp((step - stable_) / decay_, 0.0, 1.0);
    return floor_ + (lr_ - floor_) * fall_(phase);
  }

 private:
  double lr_;
  double stable_;
  double decay_;
  double floor_;
  double (*fall_)(double);  // From 1 at 0 to 0 at 1.
};

double linear(double phase) { return 1 - phase; }
double cosine(double phase) { return (1 + std::cos(std::numbers::pi * phase)) / 2; }
double square_root(double phase) { return 1 - std::sqrt(phase); }

}  // namespace

ScheduleRow wsd_row() {
  return {"wsd",
          "warmup-stable-decay: lr for stable_steps, then down to eta_min within decay_steps",
          {base_rate_parameter(), real("stable_steps").required().at_least(0).means("steps at lr"),
           real("decay_steps").required().above(0).means("steps from lr to eta_min"),
           choice("decay", {"linear", "cosine", "sqrt"}, "linear").means("form of the fall; sqrt: 1 - sqrt"),
           real("eta_min", 0).at_least(0).means("rate at the end and after it")},
          [](const Parameters& p, double lr) {
            const auto& form = p.string("decay");
            auto* fall = form == "linear" ? &linear : (form == "cosine" ? &cosine : &square_root);
            return std::make_unique<WarmupStableDecay>(lr, p.real("stable_steps"), p.real("decay_steps"), p.real("eta_min"), fall);
          }};
}

}  // namespace rekindle
