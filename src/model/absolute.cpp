#include <cmath>

#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// |p - y|, as torch L1Loss: the gradient is the residual's sign, 0 at the minimum.
class Absolute final : public Loss {
 public:
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double residual = scores[0] - target;
    gradient[0] = residual > 0 ? 1 : (residual < 0 ? -1 : 0);
    return std::abs(residual);
  }
  void predict(std::span<const double> scores, Prediction& out) const override { out.value = scores[0]; }
};

}  // namespace

LossRow absolute_row() {
  return {"absolute", "|p - y|, for regression towards the median", {}, {LossTarget::number, [](const Parameters&) {
                                                                           return std::make_unique<Absolute>();
                                                                         }}};
}

}  // namespace rekindle
