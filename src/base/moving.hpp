// FadingMean: an exponentially weighted mean that is exact (a plain mean) until it has seen `1 / alpha` values.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"

namespace rekindle {

class FadingMean {
 public:
  explicit FadingMean(double alpha) : alpha_(alpha) {}
  void observe(double value) {
    ++count_;
    const auto count = static_cast<double>(count_);
    // Far beyond 1 / alpha there is nothing to divide: it is alpha.
    mean_ += (value - mean_) * (alpha_ * count > 2 ? alpha_ : std::max(alpha_, 1.0 / count));
  }
  [[nodiscard]] double value() const { return mean_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  void reset() {
    mean_ = 0;
    count_ = 0;
  }
  void save(ByteWriter& out) const {
    out.put(mean_);
    out.put(count_);
  }
  void load(ByteReader& in) {
    in.get_into(mean_);
    in.get_into(count_);
  }

 private:
  double alpha_;
  double mean_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace rekindle
