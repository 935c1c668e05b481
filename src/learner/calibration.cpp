#include "learner/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {
constexpr double most = 20'000;
}

void Calibration::observe(const Prediction& prediction, double target) {
  if (prediction.probabilities.empty()) return;
  const auto named = static_cast<std::size_t>(prediction.value);
  const double confidence = named < prediction.probabilities.size() ? prediction.probabilities[named] : 0;
  if (!(confidence >= 0 && confidence <= 1)) return;
  auto& bin = bins_[std::min<std::size_t>(bins_.size() - 1, static_cast<std::size_t>(confidence * static_cast<double>(bins_.size())))];
  bin.count += 1;
  bin.right += prediction.value == target ? 1 : 0;
  bin.confidence += confidence;
  count_ += 1;
  if (count_ < most) return;
  count_ /= 2;
  for (auto& one : bins_) {
    one.count /= 2;
    one.right /= 2;
    one.confidence /= 2;
  }
}

std::optional<double> Calibration::error() const {
  if (count_ == 0) return std::nullopt;
  double sum = 0;
  for (const auto& bin : bins_) sum += std::abs(bin.right - bin.confidence);
  return sum / count_;
}

void Calibration::save(ByteWriter& out) const {
  out.put(count_);
  for (const auto& bin : bins_) {
    for (const double value : {bin.count, bin.right, bin.confidence}) out.put(value);
  }
}

void Calibration::load(ByteReader& in) {
  in.get_into(count_);
  for (auto& bin : bins_) {
    for (double* value : {&bin.count, &bin.right, &bin.confidence}) in.get_into(*value);
  }
}

}  // namespace rekindle
