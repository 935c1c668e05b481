// FadingMeans: several values seen together, averaged as FadingMean does, with one share for all.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/moving.hpp"

namespace rekindle {

template <std::size_t size>
class FadingMeans {
 public:
  explicit FadingMeans(double alpha) : share_(alpha) {}
  void observe(const std::array<double, size>& values) {
    const double share = share_.next();
    for (std::size_t i = 0; i < size; ++i) means_[i] += (values[i] - means_[i]) * share;
  }
  [[nodiscard]] double operator[](std::size_t i) const { return means_[i]; }
  [[nodiscard]] std::uint64_t count() const { return share_.count(); }
  // As many plain values would make a mean as certain.
  [[nodiscard]] double weight() const { return std::min(static_cast<double>(count()), 2 / share_.alpha() - 1); }
  void save(ByteWriter& out) const {
    for (const double mean : means_) out.put(mean);
    share_.save(out);
  }
  void load(ByteReader& in) {
    for (double& mean : means_) in.get_into(mean);
    share_.load(in);
  }

 private:
  FadingShare share_;
  std::array<double, size> means_{};
};

}  // namespace rekindle
