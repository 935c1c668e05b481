// FadingMean: an exponentially weighted mean that is exact (a plain mean) until it has seen `1 / alpha` values.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"

namespace rekindle {

// What a new value counts for: 1 / count until that is alpha.
class FadingShare {
 public:
  explicit FadingShare(double alpha) : alpha_(alpha), exact_(static_cast<std::uint64_t>(1 + std::min(1 / alpha, 1e18))) {}
  [[nodiscard]] double next() {
    if (++count_ > exact_) [[likely]]
      return alpha_;
    return std::max(alpha_, 1.0 / static_cast<double>(count_));
  }
  [[nodiscard]] double alpha() const { return alpha_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  void reset() { count_ = 0; }
  void save(ByteWriter& out) const { out.put(count_); }
  void load(ByteReader& in) { in.get_into(count_); }

 private:
  double alpha_;
  std::uint64_t exact_;  // From the next count on it is alpha: asked without a division, and without turning the count into a double.
  std::uint64_t count_ = 0;
};

class FadingMean {
 public:
  explicit FadingMean(double alpha) : share_(alpha) {}
  void observe(double value) { mean_ += (value - mean_) * share_.next(); }
  [[nodiscard]] double value() const { return mean_; }
  [[nodiscard]] std::uint64_t count() const { return share_.count(); }
  void reset() {
    mean_ = 0;
    share_.reset();
  }
  void save(ByteWriter& out) const {
    out.put(mean_);
    share_.save(out);
  }
  void load(ByteReader& in) {
    in.get_into(mean_);
    share_.load(in);
  }

 private:
  FadingShare share_;
  double mean_ = 0;
};

}  // namespace rekindle
