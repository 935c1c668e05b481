#include <algorithm>
#include <cmath>

#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// Huber 1964, as torch HuberLoss: (p - y)^2 / 2 up to delta, then delta * (|p - y| - delta / 2).
class Huber final : public Loss {
 public:
  explicit Huber(double delta) : delta_(delta) {}
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double residual = scores[0] - target;
    gradient[0] = std::clamp(residual, -delta_, delta_);
    return std::abs(residual) <= delta_ ? 0.5 * residual * residual : delta_ * (std::abs(residual) - 0.5 * delta_);
  }
  void predict(std::span<const double> scores, Prediction& out) const override { out.value = scores[0]; }

 private:
  double delta_;
};

}  // namespace

LossRow huber_row() {
  return {"huber",
          "squared for small residuals, absolute for large ones: regression with outliers",
          {real("delta", 1).above(0).means("residual at which it becomes absolute")},
          {LossTarget::number, [](const Parameters& p) { return std::make_unique<Huber>(p.real("delta")); }}};
}

}  // namespace rekindle
