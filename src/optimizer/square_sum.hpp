// SquareSum: the sum of an array's squares, taken part by part beside other work on the same parts.
#pragma once

#include <Eigen/Core>
#include <cstddef>

namespace rekindle {

// To the last bit what Eigen's `dot` of the array with itself gives: two packets of running sums that take turns, then an odd packet,
// then what fills none. Two sums wait for their own additions most of the time, which is why this goes beside other work.
template <class Real>
class SquareSum {
  using Packet = typename Eigen::internal::packet_traits<Real>::type;
  static constexpr std::size_t packet = Eigen::internal::packet_traits<Real>::size;

 public:
  // Numbers of a part; the last has fewer, perhaps none.
  static constexpr std::size_t part = 16 * packet;

  // The next `count` of them: a whole part, or the last.
  void add(const Real* values, std::size_t count) {
    using namespace Eigen::internal;
    std::size_t j = 0;
    for (; j + 2 * packet <= count; j += 2 * packet) {
      even_ = padd(even_, square(values + j));
      odd_ = padd(odd_, square(values + j + packet));
    }
    if (count == part) return;
    even_ = padd(even_, odd_);
    odd_ = pset1<Packet>(Real{0});
    if (j + packet <= count) {
      even_ = padd(even_, square(values + j));
      j += packet;
    }
    rest_ = predux(even_);
    for (; j < count; ++j) rest_ += values[j] * values[j];
  }

  // After the last part.
  [[nodiscard]] Real value() const { return rest_; }

 private:
  static Packet square(const Real* at) {
    const auto values = Eigen::internal::ploadu<Packet>(at);
    return Eigen::internal::pmul(values, values);
  }
  Packet even_ = Eigen::internal::pset1<Packet>(Real{0});
  Packet odd_ = Eigen::internal::pset1<Packet>(Real{0});
  Real rest_ = 0;
};

}  // namespace rekindle
