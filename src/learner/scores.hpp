// Scores: prequential metrics over the whole stream (each sample is predicted before it is learned).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "data/prediction.hpp"
#include "data/schema.hpp"
#include "learner/binary_scores.hpp"

namespace rekindle {

using NamedMetrics = std::vector<std::pair<std::string, std::optional<double>>>;

// Classification: accuracy, Cohen's kappa, log loss (probabilities floored at 1e-15), and the accuracies of two learners
// that know nothing of the features: `no_change` (the last label again) and `majority` (the commonest so far; ties and the
// very first sample go to class 0); of a binary task also BinaryScores. Regression: RMSE, MAE, R2. Sample weights do not count.
class Scores {
 public:
  // `loss_is_log_loss`: Loss::is_log_loss of the loss that `observe` is told.
  explicit Scores(Task task, bool loss_is_log_loss = false) : task_(task), loss_is_log_loss_(loss_is_log_loss) {
    if (task == Task::binary) binary_.emplace();
  }

  // `target` is the value, or the class's index.
  void observe(const Prediction& prediction, double target, double loss);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // "loss" first; a value is absent until it is defined.
  [[nodiscard]] NamedMetrics metrics() const;
  // 1 - the share of the commonest class among the recent labels (faded over 1000): the error of a blind guess.
  [[nodiscard]] double chance_error() const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void observe_class(const Prediction& prediction, std::size_t target, double loss);
  void grow(std::size_t classes);
  [[nodiscard]] double log_loss(const Prediction& prediction, std::size_t target, double loss) const;
  void observe_value(double prediction, double target);
  [[nodiscard]] double kappa() const;

  Task task_;
  bool loss_is_log_loss_;
  std::uint64_t count_ = 0;
  double loss_ = 0;
  // Classification.
  std::uint64_t correct_ = 0;
  std::uint64_t no_change_ = 0;
  std::uint64_t majority_ = 0;
  std::uint64_t last_class_ = 0;
  double log_loss_ = 0;
  std::vector<std::uint64_t> actual_;
  std::vector<std::uint64_t> predicted_;
  std::vector<double> recent_;  // Faded share of each class.
  std::optional<BinaryScores> binary_;
  // Regression.
  double squared_ = 0;
  double absolute_ = 0;
  double mean_ = 0;
  double spread_ = 0;  // Sum of squared deviations from the mean (Welford).
};

}  // namespace rekindle
