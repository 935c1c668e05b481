#include <algorithm>
#include <cmath>
#include <limits>

#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// exp(p) - y * p, the score being the logarithm of the expected count: torch PoissonNLLLoss(log_input=True, full=False).
class Poisson final : public Loss {
 public:
  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const double expected = std::exp(scores[0]);
    gradient[0] = expected - target;
    return expected - target * scores[0];
  }
  void predict(std::span<const double> scores, Prediction& out) const override {
    out.value = std::min(std::exp(scores[0]), std::numeric_limits<double>::max());
  }
};

}  // namespace

LossRow poisson_row() {
  return {"poisson", "exp(p) - y * p, for counts; predicts exp(p)", {}, {LossTarget::number, [](const Parameters&) {
                                                                           return std::make_unique<Poisson>();
                                                                         }}};
}

}  // namespace rekindle
