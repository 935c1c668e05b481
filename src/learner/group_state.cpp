// What a Learner shares with the others of a group, and what the group tells it.
#include <algorithm>
#include <cmath>

#include "learner/learner.hpp"

namespace rekindle {

namespace {
bool all_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}
}  // namespace

CommonState Learner::common() const {
  CommonState out;
  champion_->append_weights(out.weights);
  out.statistics = scaler_.means();
  out.statistics.insert(out.statistics.end(), scaler_.variances().begin(), scaler_.variances().end());
  return out;
}

bool Learner::adopt(const CommonState& common) {
  const auto own = this->common();
  if (common.weights.size() != own.weights.size() || common.statistics.size() != own.statistics.size()) return false;
  if (!all_finite(common.weights) || !all_finite(common.statistics)) return false;
  std::span<const double> weights(common.weights);
  champion_->take_weights(weights);
  const auto features = common.statistics.size() / 2;
  const std::span<const double> statistics(common.statistics);
  scaler_.set_moments(statistics.first(features), statistics.last(features));
  return true;
}

void Learner::carry_out(bool restart, double forget) {
  events_.clear();
  if (restart) restart_rate(by_drift, 0);
  if (forget > 0) reset_optimizer(by_drift, forget);
}

}  // namespace rekindle
