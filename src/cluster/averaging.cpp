#include "cluster/averaging.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rekindle::cluster {

namespace {

template <class Combine>
std::vector<double> combined(const std::vector<double>& a, const std::vector<double>& b, Combine combine) {
  std::vector<double> out(a.size());
  std::ranges::transform(a, b, out.begin(), combine);
  return out;
}

void keep_variances_positive(std::vector<double>& statistics) {
  for (std::size_t i = statistics.size() / 2; i < statistics.size(); ++i) statistics[i] = std::max(0.0, statistics[i]);
}

std::vector<double> mean(std::span<const WeightedChange> changes, std::vector<double> CommonState::*part) {
  std::vector<double> out(changes.empty() ? 0 : (changes.front().change->*part).size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const auto& one : changes) out[i] += one.share * (one.change->*part)[i];
  }
  return out;
}

void add_spread_of_means(std::vector<double>& statistics, std::span<const WeightedChange> changes) {
  double total = 0;
  for (const auto& one : changes) total += one.share;
  const std::size_t features = statistics.size() / 2;
  for (std::size_t i = 0; i < features; ++i) {
    double mean = 0;
    for (const auto& one : changes) mean += one.share / total * one.change->statistics[i];
    for (const auto& one : changes) {
      const double apart = one.change->statistics[i] - mean;
      statistics[features + i] += one.share * apart * apart;
    }
  }
}

bool all_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

}  // namespace

CommonState difference(const CommonState& a, const CommonState& b) {
  return {combined(a.weights, b.weights, std::minus{}), combined(a.statistics, b.statistics, std::minus{})};
}

CommonState sum(const CommonState& a, const CommonState& b) {
  CommonState out{combined(a.weights, b.weights, std::plus{}), combined(a.statistics, b.statistics, std::plus{})};
  keep_variances_positive(out.statistics);
  return out;
}

bool same_shape(const CommonState& a, const CommonState& b) {
  return a.weights.size() == b.weights.size() && a.statistics.size() == b.statistics.size();
}

bool is_finite(const CommonState& state) { return all_finite(state.weights) && all_finite(state.statistics); }

std::vector<double> mean_of(std::span<const WeightedChange> changes) { return mean(changes, &CommonState::weights); }

std::vector<double> step_of(std::vector<double> mean, std::span<const WeightedChange> changes, const StepLength& length, double fresh) {
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0;
    for (const auto& one : changes) sum += one.whole * one.change->weights[i];
    mean[i] += fresh * length.at(i, mean.size()) * (sum - mean[i]);
  }
  return mean;
}

CommonState moved(const CommonState& state, std::span<const WeightedChange> changes, std::span<const double> step, bool single_precision) {
  CommonState out = state;
  if (changes.empty()) return out;
  for (std::size_t i = 0; i < step.size(); ++i) out.weights[i] += step[i];
  const auto statistics = mean(changes, &CommonState::statistics);
  for (std::size_t i = 0; i < statistics.size(); ++i) out.statistics[i] += statistics[i];
  add_spread_of_means(out.statistics, changes);
  keep_variances_positive(out.statistics);
  if (single_precision) {
    for (auto& weight : out.weights) weight = static_cast<double>(static_cast<float>(weight));
  }
  return out;
}

}  // namespace rekindle::cluster
