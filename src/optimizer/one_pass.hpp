// OnePass: all that a step does to a block, for rules without accumulators: the gradient is written, squared and applied, the
// weight before it kept and the one after it looked at, while each is in a register.
#pragma once

#include "optimizer/finite.hpp"
#include "optimizer/lanes.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/parts.hpp"

namespace rekindle {

// `sparse`: the block is.
template <class Real, class Rule, bool sparse>
class OnePass {
  using Wide = Lanes<Real>;
  using Vector = typename Wide::Vector;
  static constexpr std::size_t lanes = Wide::count;
  using Coefficients = typename Rule::Coefficients;

 public:
  // `before` takes the weights before the step.
  OnePass(const ParameterBlock<Real>& block, const Coefficients& coefficients, Real* before)
      : block_(block),
        coefficients_(coefficients),
        weights_(block.weights.data()),
        index_(block.index.data()),
        gradient_(block.gradient.data()),
        before_(before),
        size_(block.touched()) {}

  // The gradient's squares in the order of SquareSum.
  [[nodiscard]] Real run() {
    Vector even{};
    Vector odd{};
    std::size_t j = 0;
    bool written = !block_.deferred;
    if (!written) {
      const Real slope = block_.slope;
      const Real* const input = block_.input.data();
      const std::size_t width = block_.input.size();
      for (; j + 2 * lanes <= width; j += 2 * lanes) {
        even += step(j, slope * Wide::load(input + j));
        odd += step(j + lanes, slope * Wide::load(input + j + lanes));
      }
      written = j + lanes <= size_;
      if (written) write_deferred(block_, j, size_ - j);
    }
    for (; j + 2 * lanes <= size_; j += 2 * lanes) {
      even += step(j, Wide::load(gradient_ + j));
      odd += step(j + lanes, Wide::load(gradient_ + j + lanes));
    }
    even += odd;
    if (j + lanes <= size_) {
      even += step(j, Wide::load(gradient_ + j));
      j += lanes;
    }
    Real sum = j == 0 ? 0 : Wide::sum(even);
    for (; j < size_; ++j) sum += step_one(j, written ? gradient_[j] : deferred(j));
    return sum;
  }

  [[nodiscard]] BitsOf<Real> carries() const { return carry_ | Wide::either(carries_); }

 private:
  Vector step(std::size_t j, Vector gradient) {
    Vector weights = sparse ? Wide::gather(weights_, index_ + j) : Wide::load(weights_ + j);
    Wide::store(gradient_ + j, gradient);
    Wide::store(before_ + j, weights);
    Rule::update(coefficients_, weights, gradient);
    sparse ? Wide::scatter(weights_, index_ + j, weights) : Wide::store(weights_ + j, weights);
    carries_ |= Wide::carries(weights);
    return gradient * gradient;
  }

  [[nodiscard]] Real deferred(std::size_t j) const { return j < block_.input.size() ? block_.slope * block_.input[j] : block_.slope; }

  Real step_one(std::size_t j, Real gradient) {
    const std::size_t at = sparse ? index_[j] : j;
    Real weight = weights_[at];  // In a register: `before_` might be any array.
    gradient_[j] = gradient;
    before_[j] = weight;
    Rule::update(coefficients_, weight, gradient);
    weights_[at] = weight;
    carry_ |= carry_of(weight);
    return gradient * gradient;
  }

  const ParameterBlock<Real>& block_;
  Coefficients coefficients_;
  Real* weights_;
  const std::uint32_t* index_;
  Real* gradient_;
  Real* before_;
  std::size_t size_;
  typename Wide::Bits carries_{};
  BitsOf<Real> carry_{};
};

}  // namespace rekindle
