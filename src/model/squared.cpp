#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// (p - y)^2, gradient 2(p - y): as torch, River and Vowpal Wabbit have it.
class Squared final : public Loss {
 public:
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double residual = scores[0] - target;
    gradient[0] = 2 * residual;
    return residual * residual;
  }
  void predict(std::span<const double> scores, Prediction& out) const override { out.value = scores[0]; }
};

}  // namespace

LossRow squared_row() {
  return {"squared", "(p - y)^2, for regression", {}, {LossTarget::number, [](const Parameters&) { return std::make_unique<Squared>(); }}};
}

}  // namespace rekindle
