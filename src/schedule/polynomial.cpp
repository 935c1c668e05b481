#include <algorithm>
#include <cmath>

#include "schedule/rows.hpp"

namespace rekindle {

namespace {

// Keras PolynomialDecay, which is torch's PolynomialLR for end_lr = 0: (lr - end) * (1 - min(k, n) / n)^power + end. With
// `cycle` n is the next multiple of total_iters, so that the rate jumps up and falls again, ever more slowly.
class Polynomial final : public LearningRateSchedule {
 public:
  Polynomial(double lr, double total, double power, double end, bool cycle)
      : lr_(lr), total_(total), power_(power), end_(end), cycle_(cycle) {}
  double rate_at(double step) const noexcept override {
    const double n = cycle_ ? total_ * std::max(1.0, std::ceil(step / total_)) : total_;
    return (lr_ - end_) * std::pow(1 - std::min(step / n, 1.0), power_) + end_;
  }

 private:
  double lr_;
  double total_;
  double power_;
  double end_;
  bool cycle_;
};

}  // namespace

ScheduleRow polynomial_row() {
  return {"polynomial",
          "from lr to end_lr along a power of the remaining share of total_iters",
          {base_rate_parameter(), real("total_iters").required().above(0).means("steps until end_lr"),
           real("power", 1).at_least(0).means("1: a straight line; above: steep at first"),
           real("end_lr", 0).at_least(0).means("rate at the end and after it"),
           boolean("cycle", false).means("at the end start again with twice, three times, ... the length (Keras)")},
          [](const Parameters& p, double lr) {
            return std::make_unique<Polynomial>(lr, p.real("total_iters"), p.real("power"), p.real("end_lr"), p.boolean("cycle"));
          }};
}

}  // namespace rekindle
