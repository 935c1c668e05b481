#include <algorithm>
#include <cmath>
#include <numbers>

#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Loshchilov and Hutter 2017 without restarts: torch's CosineAnnealingLR up to T_max, where torch climbs again and this
// stays at the floor (as Keras' CosineDecay and optax do).
class Cosine final : public LearningRateSchedule {
 public:
  Cosine(double lr, double length, double floor) : lr_(lr), length_(length), floor_(floor) {}
  double rate_at(double step) const noexcept override {
    const double phase = std::min(step / length_, 1.0);
    return floor_ + (lr_ - floor_) * (1 + std::cos(std::numbers::pi * phase)) / 2;
  }

 private:
  double lr_;
  double length_;
  double floor_;
};

}  // namespace

ScheduleRow cosine_row() {
  return {"cosine",
          "half a cosine from lr down to eta_min, where it stays",
          {base_rate_parameter(), real("T_max").required().above(0).means("steps until eta_min"),
           real("eta_min", 0).at_least(0).means("rate at the end and after it")},
          [](const Parameters& p, double lr) { return std::make_unique<Cosine>(lr, p.real("T_max"), p.real("eta_min")); }};
}

}  // namespace rekindle
