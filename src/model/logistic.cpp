#include <algorithm>
#include <cmath>

#include "model/loss_rows.hpp"
#include "model/sigmoid.hpp"

namespace rekindle {

namespace {

// log(1 + exp(-p)) for the positive class, from the raw score, stable for any score. Smoothing as torch: the target moves
// from 1 to 1 - s/2 and from 0 to s/2.
class Logistic final : public Loss {
 public:
  explicit Logistic(double smoothing) : smoothing_(smoothing) {}

  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    return evaluate_after(decayed_of(scores[0]), scores, target, gradient);
  }

  double predict_first(std::span<const double> scores, Prediction& out) const override {
    const double decayed = decayed_of(scores[0]);
    predict_by_sigmoid(scores[0], decayed, out);
    return decayed;
  }

  [[nodiscard]] double evaluate_after(double decayed, std::span<const double> scores, double target,
                                      std::span<double> gradient) const override {
    const double p = scores[0];
    const double wanted = target * (1 - smoothing_) + smoothing_ / 2;
    gradient[0] = sigmoid(p, decayed) - wanted;
    return std::max(p, 0.0) - p * wanted + std::log1p(decayed);
  }

  void predict(std::span<const double> scores, Prediction& out) const override { predict_by_sigmoid(scores[0], out); }

  [[nodiscard]] bool is_log_loss() const override { return smoothing_ == 0; }

 private:
  double smoothing_;
};

}  // namespace

LossRow logistic_row() {
  return {"logistic",
          "log loss of a sigmoid, for two classes",
          {real("label_smoothing", 0).at_least(0).below(1).means("share of the target spread over both classes")},
          {LossTarget::binary, [](const Parameters& p) { return std::make_unique<Logistic>(p.real("label_smoothing")); }}};
}

}  // namespace rekindle
