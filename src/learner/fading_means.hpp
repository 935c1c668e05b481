// FadingMeans: several values seen together, averaged as FadingMean does, with one division for all.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace rekindle {

template <std::size_t size>
class FadingMeans {
 public:
  explicit FadingMeans(double alpha) : alpha_(alpha) {}
  void observe(const std::array<double, size>& values) {
    ++count_;
    const double share = std::max(alpha_, 1.0 / static_cast<double>(count_));
    for (std::size_t i = 0; i < size; ++i) means_[i] += (values[i] - means_[i]) * share;
  }
  [[nodiscard]] double operator[](std::size_t i) const { return means_[i]; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // As many plain values would make a mean as certain.
  [[nodiscard]] double weight() const { return std::min(static_cast<double>(count_), 2 / alpha_ - 1); }
  void save(ByteWriter& out) const {
    for (const double mean : means_) out.put(mean);
    out.put(count_);
  }
  void load(ByteReader& in) {
    for (double& mean : means_) in.get_into(mean);
    in.get_into(count_);
  }

 private:
  double alpha_;
  std::array<double, size> means_{};
  std::uint64_t count_ = 0;
};

}  // namespace rekindle
