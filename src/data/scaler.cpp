#include "data/scaler.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {
constexpr double largest_step = 1e150;
// A variance so many times the square of a value (of 1, where the value is smaller) comes from something absurd before, such as DBL_MAX
// in the place of a missing value: it would take a million samples to fade, and as long the feature would say nothing. No mixture of 64-bit
// numbers has it: their variance is below 1e38.
constexpr double absurd_variance = 1e40;
}  // namespace

std::string to_string(ScaleKind kind) {
  switch (kind) {
    case ScaleKind::none: return "none";
    case ScaleKind::fading: return "fading";
    case ScaleKind::standard: return "standard";
    case ScaleKind::minmax: return "minmax";
  }
  return "";
}

Scaler::Scaler(ScaleKind kind, double fading_alpha, std::size_t features, bool keep_means)
    : kind_(kind), alpha_(kind == ScaleKind::fading ? fading_alpha : 0) {
  if (kind_ == ScaleKind::none && !keep_means) return;
  count_.assign(features, 0);
  mean_.assign(features, 0);
  variance_.assign(features, 0);
  if (kind_ != ScaleKind::minmax) return;
  low_.assign(features, 0);
  high_.assign(features, 0);
}

void Scaler::observe(std::span<const double> values) {
  if (count_.empty()) return;
  if (kind_ == ScaleKind::minmax) observe_range(values);
  double* const count = count_.data();
  double* const mean = mean_.data();
  double* const variance = variance_.data();
  const double alpha = alpha_;
  for (std::size_t j = 0; j < values.size(); ++j) {
    const double value = values[j];
    const bool present = value == value;
    const bool anew = present && variance[j] > absurd_variance * std::max(value * value, 1.0);
    const double old_count = anew ? 0.0 : count[j];
    const double old_mean = anew ? 0.0 : mean[j];
    const double old_variance = anew ? 0.0 : variance[j];
    const double seen = old_count + (present ? 1.0 : 0.0);
    const double rate = std::max(alpha, 1.0 / std::max(seen, 1.0));
    // The cut keeps the variance finite; otherwise one absurd value would switch its feature off for good.
    const double delta = present ? std::min(largest_step, std::max(-largest_step, value - old_mean)) : 0.0;
    const double faded = (1.0 - rate) * (old_variance + rate * delta * delta);
    mean[j] = old_mean + rate * delta;
    variance[j] = present ? faded : old_variance;
    count[j] = seen;
  }
}

// Before the count goes up.
void Scaler::observe_range(std::span<const double> values) {
  for (std::size_t j = 0; j < values.size(); ++j) {
    const double value = values[j];
    if (value != value) continue;
    low_[j] = count_[j] == 0 ? value : std::min(low_[j], value);
    high_[j] = count_[j] == 0 ? value : std::max(high_[j], value);
  }
}

template <class Real>
void Scaler::to_range(std::span<const double> values, std::span<Real> out) const {
  for (std::size_t j = 0; j < values.size(); ++j) {
    const double value = values[j] == values[j] ? values[j] : mean_[j];
    // By halves: the whole range of two finite numbers may be infinite.
    const double half_range = high_[j] / 2 - low_[j] / 2;
    const double share = half_range > 0 ? (value / 2 - low_[j] / 2) / half_range : 0.0;
    out[j] = static_cast<Real>(std::min(1.0, std::max(0.0, share)));
  }
}

template <class Real>
void Scaler::transform(std::span<const double> values, std::span<Real> out) const {
  if (kind_ == ScaleKind::minmax) return to_range(values, out);
  if (kind_ == ScaleKind::none) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      const double stand_in = mean_.empty() ? 0.0 : mean_[j];
      out[j] = static_cast<Real>(values[j] == values[j] ? values[j] : stand_in);
    }
    return;
  }
  const double* const mean = mean_.data();
  const double* const variance = variance_.data();
  for (std::size_t j = 0; j < values.size(); ++j) {
    const double deviation = std::sqrt(variance[j]);
    const double quotient = (values[j] - mean[j]) / deviation;  // Before the question whether it is usable: the loop vectorizes.
    const double known = values[j] == values[j] ? quotient : 0.0;
    const double z = deviation > smallest_deviation ? known : 0.0;
    out[j] = static_cast<Real>(std::min(cut, std::max(-cut, z)));
  }
}

template void Scaler::transform<float>(std::span<const double>, std::span<float>) const;
template void Scaler::transform<double>(std::span<const double>, std::span<double>) const;

void Scaler::remap(const std::vector<std::ptrdiff_t>& from) {
  for (auto* values : {&count_, &mean_, &variance_, &low_, &high_}) {
    if (values->empty()) continue;
    std::vector<double> moved;
    for (const auto old : from) moved.push_back(old < 0 ? 0 : (*values)[static_cast<std::size_t>(old)]);
    *values = std::move(moved);
  }
}

void Scaler::set_moments(std::span<const double> means, std::span<const double> variances) {
  mean_.assign(means.begin(), means.end());
  variance_.assign(variances.begin(), variances.end());
}

void Scaler::save(ByteWriter& out) const {
  out.put_array(count_);
  out.put_array(mean_);
  out.put_array(variance_);
  if (kind_ != ScaleKind::minmax) return;
  out.put_array(low_);
  out.put_array(high_);
}

void Scaler::load(ByteReader& in) {
  in.get_array_into(count_);
  in.get_array_into(mean_);
  in.get_array_into(variance_);
  if (kind_ != ScaleKind::minmax) return;
  in.get_array_into(low_);
  in.get_array_into(high_);
}

}  // namespace rekindle
