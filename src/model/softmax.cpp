#include <algorithm>
#include <cmath>

#include "model/loss_rows.hpp"

namespace rekindle {

namespace {

// Cross-entropy of a softmax, from the raw scores, shifted by the largest; smoothing as torch's CrossEntropyLoss.
class Softmax final : public Loss {
 public:
  explicit Softmax(double smoothing) : smoothing_(smoothing) {}

  [[nodiscard]] double evaluate(std::span<const double> scores, double target, std::span<double> gradient) const override {
    const auto wanted = static_cast<std::size_t>(target);
    const double largest = *std::ranges::max_element(scores);
    const double log_sum = std::log(exponentials(scores, largest, gradient));
    const double share = smoothing_ / static_cast<double>(scores.size());
    double loss = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double log_probability = scores[k] - largest - log_sum;
      const double weight = share + (k == wanted ? 1 - smoothing_ : 0);
      if (weight != 0) loss -= weight * log_probability;
      gradient[k] = gradient[k] / std::exp(log_sum) - weight;
    }
    return loss;
  }

  void predict(std::span<const double> scores, Prediction& out) const override {
    const auto largest = std::ranges::max_element(scores);
    const double sum = exponentials(scores, *largest, out.probabilities);
    for (auto& p : out.probabilities) p /= sum;
    out.value = static_cast<double>(largest - scores.begin());
  }

  [[nodiscard]] bool is_log_loss() const override { return smoothing_ == 0; }

 private:
  static double exponentials(std::span<const double> scores, double largest, std::span<double> out) {
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) {
      out[k] = std::exp(scores[k] - largest);
      sum += out[k];
    }
    return sum;
  }
  double smoothing_;
};

}  // namespace

LossRow softmax_row() {
  return {"softmax",
          "cross-entropy of a softmax, for any number of classes",
          {real("label_smoothing", 0).at_least(0).below(1).means("share of the target spread over all classes")},
          {LossTarget::multiclass, [](const Parameters& p) { return std::make_unique<Softmax>(p.real("label_smoothing")); }}};
}

}  // namespace rekindle
