#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// Koenker and Bassett 1978, the pinball loss: q * (y - p) below the target, (1 - q) * (p - y) above it.
class Quantile final : public Loss {
 public:
  explicit Quantile(double q) : q_(q) {}
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double residual = scores[0] - target;
    const double slope = residual > 0 ? 1 - q_ : (residual < 0 ? -q_ : 0);
    gradient[0] = slope;
    return slope * residual;
  }
  void predict(std::span<const double> scores, Prediction& out) const override { out.value = scores[0]; }

 private:
  double q_;
};

}  // namespace

LossRow quantile_row() {
  return {"quantile",
          "pinball loss, for regression towards the quantile q",
          {real("q", 0.5).above(0).below(1).means("share of the targets that shall lie below the prediction")},
          {LossTarget::number, [](const Parameters& p) { return std::make_unique<Quantile>(p.real("q")); }}};
}

}  // namespace rekindle
