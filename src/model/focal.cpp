#include <algorithm>
#include <cmath>

#include "model/loss_rows.hpp"
#include "model/sigmoid.hpp"

namespace rekindle {

namespace {

// Lin et al. 2017 without class weights: -(1 - q)^gamma * log(q), q being the probability of the true class.
class Focal final : public Loss {
 public:
  explicit Focal(double gamma) : gamma_(gamma) {}
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double sign = 2 * target - 1;
    const double z = sign * scores[0];
    const double missing = sigmoid(-z);  // 1 - q
    const double log_q = std::min(z, 0.0) - std::log1p(std::exp(-std::abs(z)));
    const double damped = std::pow(missing, gamma_);
    gradient[0] = sign * damped * (gamma_ * sigmoid(z) * log_q - missing);
    return -damped * log_q;
  }
  void predict(std::span<const double> scores, Prediction& out) const override { predict_by_sigmoid(scores[0], out); }

 private:
  double gamma_;
};

}  // namespace

LossRow focal_row() {
  return {"focal",
          "log loss that turns away from samples that are right already, for two unequal classes",
          {real("gamma", 2).at_least(0).means("how far it turns away; 0: logistic")},
          {LossTarget::binary, [](const Parameters& p) { return std::make_unique<Focal>(p.real("gamma")); }}};
}

}  // namespace rekindle
