// OnePass: all that a step does to a block, for rules without accumulators: the gradient is written, squared and applied, the
// weight before it kept and the one after it looked at, while each is in a register.
#pragma once

#include "optimizer/finite.hpp"
#include "optimizer/lanes.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

// `sparse`: the block is.
template <class Real, class Rule, bool sparse>
class OnePass {
  using Wide = PacketLanes<Real>;
  static constexpr std::size_t lanes = Wide::count;
  using Half = Lanes<Real, lanes / 2>;
  using Coefficients = typename Rule::Coefficients;

 public:
  // `before` takes the weights before the step.
  OnePass(const ParameterBlock<Real>& block, const Coefficients& coefficients, Real* before)
      : coefficients_(coefficients),
        deferred_(block.deferred),
        slope_(block.slope),
        input_(block.input),
        weights_(block.weights.data()),
        index_(block.index.data()),
        gradient_(block.gradient.data()),
        before_(before),
        size_(block.touched()) {}

  // The gradient's squares in the order of SquareSum.
  [[nodiscard]] Real run() {
    if (size_ == 1) return step_one(0, deferred_ ? gradient_at<true>(0) : gradient_at<false>(0));  // A bias by itself.
    return deferred_ ? run_as<true>() : run_as<false>();
  }

  [[nodiscard]] BitsOf<Real> carries() const { return carry_; }

 private:
  template <bool deferred>
  [[nodiscard]] Real run_as() {
    typename Wide::Vector even{};
    typename Wide::Vector odd{};
    typename Wide::Bits carries{};
    std::size_t j = 0;
    for (const auto end = plain_end<deferred>(); j + 2 * lanes <= end; j += 2 * lanes) {
      even += step<Wide>(j, plain_gradient<deferred, Wide>(j), carries);
      odd += step<Wide>(j + lanes, plain_gradient<deferred, Wide>(j + lanes), carries);
    }
    if (j + 2 * lanes <= size_) {  // The bias is in it.
      even += step<Wide>(j, gradient<deferred, Wide>(j), carries);
      odd += step<Wide>(j + lanes, gradient<deferred, Wide>(j + lanes), carries);
      j += 2 * lanes;
    }
    even += odd;
    if (j + lanes <= size_) {
      even += step<Wide>(j, gradient<deferred, Wide>(j), carries);
      j += lanes;
    }
    Real sum = 0;
    if (j != 0) {
      sum = Wide::sum(even);
      carry_ |= Wide::either(carries);
    }
    if (j + lanes / 2 <= size_) {
      typename Half::Bits few{};
      const auto squares = step<Half>(j, gradient<deferred, Half>(j), few);
      for (std::size_t k = 0; k < lanes / 2; ++k) sum += squares[k];
      carry_ |= Half::either(few);
      j += lanes / 2;
    }
    for (; j < size_; ++j) sum += step_one(j, gradient_at<deferred>(j));
    return sum;
  }

  // The squares of those of j and what follows it.
  template <class Some>
  typename Some::Vector step(std::size_t j, typename Some::Vector gradient, typename Some::Bits& carries) {
    auto weights = sparse ? Some::gather(weights_, index_ + j) : Some::load(weights_ + j);
    Some::store(gradient_ + j, gradient);
    Some::store(before_ + j, weights);
    Rule::update(coefficients_, weights, gradient);
    sparse ? Some::scatter(weights_, index_ + j, weights) : Some::store(weights_ + j, weights);
    carries |= Some::carries(weights);
    return gradient * gradient;
  }

  // Where a gradient that is not written yet has something else than an input's: the bias of a dense block.
  template <bool deferred>
  [[nodiscard]] std::size_t plain_end() const {
    return deferred && !sparse ? input_.size() : size_;
  }
  template <bool deferred, class Some>
  [[nodiscard]] typename Some::Vector plain_gradient(std::size_t j) const {
    return deferred ? slope_ * Some::load(input_.data() + j) : Some::load(gradient_ + j);
  }
  template <bool deferred, class Some>
  [[nodiscard]] typename Some::Vector gradient(std::size_t j) const {
    if (j + Some::count <= plain_end<deferred>()) return plain_gradient<deferred, Some>(j);
    typename Some::Vector out;
    for (std::size_t k = 0; k < Some::count; ++k) out[k] = gradient_at<deferred>(j + k);
    return out;
  }
  template <bool deferred>
  [[nodiscard]] Real gradient_at(std::size_t j) const {
    if (!deferred) return gradient_[j];
    return j < plain_end<deferred>() ? slope_ * input_[j] : slope_;
  }

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

  // Copies, since what is written might be any object.
  Coefficients coefficients_;
  bool deferred_;
  Real slope_;
  std::span<const Real> input_;
  Real* weights_;
  const std::uint32_t* index_;
  Real* gradient_;
  Real* before_;
  std::size_t size_;
  BitsOf<Real> carry_{};
};

}  // namespace rekindle
