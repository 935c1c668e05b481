// SparsePass: a step over a sparse block for rules with accumulators, on several coordinates side by side where the rule can.
#pragma once

#include <array>
#include <utility>

#include "optimizer/finite.hpp"
#include "optimizer/lanes.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

// `keep`: the weights before go to `before`, and the new ones' `carry_of` are gathered.
template <class Real, class Rule, std::size_t slots, bool keep>
class SparsePass {
  using Wide = PacketLanes<Real>;
  using Half = Lanes<Real, Wide::count / 2>;
  using Coefficients = typename Rule::Coefficients;
  using Memory = std::array<Real*, slots>;  // By slot, then by coordinate.

 public:
  SparsePass(const ParameterBlock<Real>& block, const Coefficients& coefficients, const Memory& memory, Real* before)
      : coefficients_(coefficients),
        memory_(memory),
        weights_(block.weights.data()),
        index_(block.index.data()),
        gradient_(block.gradient.data()),
        before_(before),
        size_(block.touched()) {}

  [[nodiscard]] BitsOf<Real> run() { return run(std::make_index_sequence<slots>{}); }

 private:
  template <std::size_t... Slot>
  BitsOf<Real> run(std::index_sequence<Slot...> all) {
    std::size_t i = 0;
    if constexpr (requires(typename Wide::Vector w, std::array<typename Wide::Vector, slots> m) {
                    Rule::update(coefficients_, w, w, m[Slot]...);
                  }) {
      i = step_by<Wide>(i, all);
      i = step_by<Half>(i, all);
    }
    for (; i < size_; ++i) {
      const std::size_t j = index_[i];
      Real weight = weights_[j];  // In a register: `before_` might be any array.
      if constexpr (keep) before_[i] = weight;
      Rule::update(coefficients_, weight, gradient_[i], memory_[Slot][j]...);
      weights_[j] = weight;
      if constexpr (keep) carry_ |= carry_of(weight);
    }
    return carry_;
  }

  // From coordinate i on as many as fill a vector of `Some`; where the rest begins.
  template <class Some, std::size_t... Slot>
  std::size_t step_by(std::size_t i, std::index_sequence<Slot...>) {
    typename Some::Bits carries{};
    for (; i + Some::count <= size_; i += Some::count) {
      const std::uint32_t* const at = index_ + i;
      auto weights = Some::gather(weights_, at);
      std::array<typename Some::Vector, slots> memory = {Some::gather(memory_[Slot], at)...};
      if constexpr (keep) Some::store(before_ + i, weights);
      Rule::update(coefficients_, weights, Some::load(gradient_ + i), memory[Slot]...);
      (Some::scatter(memory_[Slot], at, memory[Slot]), ...);
      Some::scatter(weights_, at, weights);
      if constexpr (keep) carries |= Some::carries(weights);
    }
    carry_ |= Some::either(carries);
    return i;
  }

  // Copies, since what is written might be any object.
  Coefficients coefficients_;
  Memory memory_;
  Real* weights_;
  const std::uint32_t* index_;
  const Real* gradient_;
  Real* before_;
  std::size_t size_;
  BitsOf<Real> carry_{};
};

}  // namespace rekindle
