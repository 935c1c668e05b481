#include <algorithm>

#include "model/loss_rows.hpp"
#include "model/sigmoid.hpp"

namespace rekindle {

namespace {

// max(0, 1 - y * p) with y = -1 or 1: the support vector machine's. The sigmoid of the score stands for a probability, which
// this loss does not estimate.
class Hinge final : public Loss {
 public:
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double sign = 2 * target - 1;
    const double missing = 1 - sign * scores[0];
    gradient[0] = missing > 0 ? -sign : 0;
    return std::max(0.0, missing);
  }
  void predict(std::span<const double> scores, Prediction& out) const override { predict_by_sigmoid(scores[0], out); }
};

}  // namespace

LossRow hinge_row() {
  return {"hinge", "margin loss, for two classes; its probabilities are only scores", {}, {LossTarget::binary, [](const Parameters&) {
                                                                                             return std::make_unique<Hinge>();
                                                                                           }}};
}

}  // namespace rekindle
