// OnePass: all that a step does to a dense block, for rules without accumulators: the gradient is written, squared and applied, the
// weight before it kept and the one after it looked at, while each is in a register.
#pragma once

#include <Eigen/Core>
#include <cstring>

#include "optimizer/finite.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/parts.hpp"

namespace rekindle {

template <class Real, class Rule>
class OnePass {
  using Packet = typename Eigen::internal::packet_traits<Real>::type;
  static constexpr std::size_t lanes = sizeof(Packet) / sizeof(Real);
  using Vector [[gnu::vector_size(sizeof(Packet))]] = Real;
  using Bits [[gnu::vector_size(sizeof(Packet))]] = BitsOf<Real>;
  using Coefficients = typename Rule::Coefficients;

 public:
  // `before` takes the weights before the step.
  OnePass(const ParameterBlock<Real>& block, const Coefficients& coefficients, Real* before)
      : block_(block),
        coefficients_(coefficients),
        weights_(block.weights.data()),
        gradient_(block.gradient.data()),
        before_(before),
        size_(block.weights.size()) {}

  // The gradient's squares in the order of SquareSum.
  [[nodiscard]] Real run() {
    Vector even{};
    Vector odd{};
    std::size_t j = 0;
    if (block_.deferred) {
      const Real* const input = block_.input.data();
      for (; j + 2 * lanes <= block_.input.size(); j += 2 * lanes) {
        even += step(j, block_.slope * load(input + j));
        odd += step(j + lanes, block_.slope * load(input + j + lanes));
      }
      write_deferred(block_, j, size_ - j);
    }
    for (; j + 2 * lanes <= size_; j += 2 * lanes) {
      even += step(j, load(gradient_ + j));
      odd += step(j + lanes, load(gradient_ + j + lanes));
    }
    even += odd;
    if (j + lanes <= size_) {
      even += step(j, load(gradient_ + j));
      j += lanes;
    }
    Real sum = Eigen::internal::predux(static_cast<Packet>(even));
    for (; j < size_; ++j) sum += step_one(j);
    return sum;
  }

  [[nodiscard]] BitsOf<Real> carries() const {
    BitsOf<Real> all = carry_;
    for (std::size_t k = 0; k < lanes; ++k) all |= carries_[k];
    return all;
  }

 private:
  static Vector load(const Real* from) {
    Vector out;
    std::memcpy(&out, from, sizeof out);
    return out;
  }
  static void store(Real* to, Vector value) { std::memcpy(to, &value, sizeof value); }

  Vector step(std::size_t j, Vector gradient) {
    Vector weights = load(weights_ + j);
    store(gradient_ + j, gradient);
    store(before_ + j, weights);
    Rule::update(coefficients_, weights, gradient);
    store(weights_ + j, weights);
    constexpr auto exponent = std::bit_cast<BitsOf<Real>>(std::numeric_limits<Real>::infinity());
    carries_ |= (reinterpret_cast<Bits>(weights) & exponent) + (exponent & (~exponent + 1));
    return gradient * gradient;
  }

  Real step_one(std::size_t j) {
    const Real gradient = gradient_[j];
    before_[j] = weights_[j];
    Rule::update(coefficients_, weights_[j], gradient);
    carry_ |= carry_of(weights_[j]);
    return gradient * gradient;
  }

  const ParameterBlock<Real>& block_;
  Coefficients coefficients_;
  Real* weights_;
  Real* gradient_;
  Real* before_;
  std::size_t size_;
  Bits carries_{};
  BitsOf<Real> carry_{};
};

}  // namespace rekindle
