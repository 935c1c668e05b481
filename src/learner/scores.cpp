#include "learner/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rekindle {

namespace {
constexpr double smallest_probability = 1e-15;
constexpr double surely_above_smallest = 34;  // As a log loss.
constexpr double recent_rate = 1e-3;
constexpr double largest_square = 1e280;
}  // namespace

void Scores::observe(const Prediction& prediction, double target, double loss) {
  ++count_;
  if (loss < largest_square) loss_ += loss;
  if (task_ == Task::regression) {
    observe_value(prediction.value, target);
  } else {
    observe_class(prediction, static_cast<std::size_t>(target), loss);
  }
}

void Scores::observe_class(const Prediction& prediction, std::size_t target, double loss) {
  const auto guess = static_cast<std::size_t>(prediction.value);
  const auto classes = std::max({target + 1, guess + 1, prediction.probabilities.size()});
  if (actual_.size() < classes) grow(classes);
  const auto commonest = static_cast<std::size_t>(std::ranges::max_element(actual_) - actual_.begin());
  majority_ += commonest == target ? 1 : 0;
  no_change_ += count_ > 1 && last_class_ == target ? 1 : 0;
  correct_ += guess == target ? 1 : 0;
  ++actual_[target];
  ++predicted_[guess];
  last_class_ = target;
  for (auto& share : recent_) share *= 1 - recent_rate;
  recent_[target] += recent_rate;
  log_loss_ += log_loss(prediction, target, loss);
  if (!binary_) return;
  const double p = prediction.probabilities.size() == 2 ? prediction.probabilities[1] : prediction.value;
  binary_->observe(target == 1, p, guess == 1, prediction.log_odds);
}

void Scores::grow(std::size_t classes) {
  recent_.resize(classes, actual_.empty() ? 1.0 / static_cast<double>(classes) : 0);
  actual_.resize(classes, 0);
  predicted_.resize(classes, 0);
}

double Scores::log_loss(const Prediction& prediction, std::size_t target, double loss) const {
  if (target >= prediction.probabilities.size()) return -std::log(smallest_probability);
  if (loss_is_log_loss_ && loss < surely_above_smallest) return loss;
  return -std::log(std::max(smallest_probability, prediction.probabilities[target]));  // In this order, so that NaN counts as impossible.
}

void Scores::observe_value(double prediction, double target) {
  const double residual = prediction - target;
  // Not finite, or so large that nothing else would count in these sums ever again.
  const bool usable = residual * residual < largest_square && target * target < largest_square;
  if (!usable) return;
  squared_ += residual * residual;
  absolute_ += std::abs(residual);
  const double delta = target - mean_;
  mean_ += delta / static_cast<double>(count_);
  spread_ += delta * (target - mean_);
}

double Scores::chance_error() const {
  if (task_ == Task::regression) return count_ == 0 ? 0 : spread_ / static_cast<double>(count_);
  return recent_.empty() ? 0 : 1 - *std::ranges::max_element(recent_);
}

double Scores::kappa() const {
  const auto n = static_cast<double>(count_);
  double expected = 0;
  for (std::size_t k = 0; k < actual_.size(); ++k)
    expected += static_cast<double>(actual_[k]) / n * (static_cast<double>(predicted_[k]) / n);
  const double observed = static_cast<double>(correct_) / n;
  return expected < 1 ? (observed - expected) / (1 - expected) : 0;
}

NamedMetrics Scores::metrics() const {
  const auto n = static_cast<double>(count_);
  const auto mean = [&](double sum) { return count_ == 0 ? std::nullopt : std::optional(sum / n); };
  NamedMetrics out = {{"loss", mean(loss_)}};
  if (task_ == Task::regression) {
    const auto mse = mean(squared_);
    out.emplace_back("rmse", mse ? std::optional(std::sqrt(*mse)) : std::nullopt);
    out.emplace_back("mae", mean(absolute_));
    out.emplace_back("r2", spread_ > 0 ? std::optional(1 - squared_ / spread_) : std::nullopt);
    return out;
  }
  out.emplace_back("accuracy", mean(static_cast<double>(correct_)));
  out.emplace_back("kappa", count_ == 0 ? std::nullopt : std::optional(kappa()));
  out.emplace_back("log_loss", mean(log_loss_));
  if (binary_) {
    out.emplace_back("auc", binary_->auc());
    out.emplace_back("pr_auc", binary_->pr_auc());
    out.emplace_back("f1", binary_->f1());
    out.emplace_back("brier", binary_->brier());
    out.emplace_back("normalized_log_loss", binary_->normalized(log_loss_ / n));
  }
  out.emplace_back("no_change", mean(static_cast<double>(no_change_)));
  out.emplace_back("majority", mean(static_cast<double>(majority_)));
  return out;
}

void Scores::save(ByteWriter& out) const {
  for (const auto count : {count_, correct_, no_change_, majority_, last_class_}) out.put(count);
  for (const double sum : {loss_, log_loss_, squared_, absolute_, mean_, spread_}) out.put(sum);
  out.put_array(actual_);
  out.put_array(predicted_);
  out.put_array(recent_);
  if (binary_) binary_->save(out);
}

void Scores::load(ByteReader& in) {
  for (auto* count : {&count_, &correct_, &no_change_, &majority_, &last_class_}) in.get_into(*count);
  for (auto* sum : {&loss_, &log_loss_, &squared_, &absolute_, &mean_, &spread_}) in.get_into(*sum);
  actual_ = in.get_array<std::uint64_t>();
  predicted_ = in.get_array<std::uint64_t>();
  recent_ = in.get_array<double>();
  if (binary_) binary_->load(in);
  if (actual_.size() != predicted_.size() || actual_.size() != recent_.size()) in.invalidate();
}

}  // namespace rekindle
