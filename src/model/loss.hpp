// Loss: from raw scores and a target to a loss, its gradient and the prediction. Stateless.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/registry.hpp"
#include "data/prediction.hpp"

namespace rekindle {

enum class LossTarget : std::uint8_t { number, binary, multiclass };

class Loss {
 public:
  virtual ~Loss() = default;

  // Loss of `scores` against `target` (regression: the value; classification: the class index), and d loss / d score into
  // `gradient` (same length). Binary losses have one score; multiclass losses one per class.
  [[nodiscard]] virtual double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const = 0;

  // For one who predicts before it learns: `predict` returns what both need and one has worked out, `evaluate` takes it of the same
  // scores. The numbers are the same.
  virtual double predict_first(std::span<const double> scores, Prediction& out) const {
    predict(scores, out);
    return 0;
  }
  [[nodiscard]] virtual double evaluate_after(double /*shared*/, std::span<const double> scores, double target,
                                              std::span<double> gradient) const {
    return evaluate(scores, target, gradient);
  }

  // `evaluate` is -log of the probability that `predict` gives the target.
  [[nodiscard]] virtual bool is_log_loss() const { return false; }

  // Scores to the prediction; `out.probabilities` has its final size already (binary: 2, regression: 0).
  virtual void predict(std::span<const double> scores, Prediction& out) const = 0;
};

struct LossFactory {
  LossTarget target = LossTarget::number;
  std::function<std::unique_ptr<const Loss>(const Parameters&)> make;
};
using LossRow = RegistryRow<LossFactory>;

[[nodiscard]] std::span<const LossRow> losses();

}  // namespace rekindle
