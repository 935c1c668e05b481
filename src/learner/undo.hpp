// Undo: the weights before an update, so that one that leaves a number that is not finite can be taken back.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "optimizer/optimizer.hpp"

namespace rekindle {

template <class Real>
class Undo {
 public:
  // Of a sparse block only the coordinates that the update touches.
  void remember(std::span<const ParameterBlock<Real>> blocks) {
    std::size_t size = 0;
    for (const auto& block : blocks) size += block.sparse ? block.index.size() : block.weights.size();
    before_.resize(size);
    auto to = before_.begin();
    for (const auto& block : blocks) {
      for (const auto j : block.index) *to++ = block.weights[j];
      if (!block.sparse) to = std::ranges::copy(block.weights, to).out;
    }
  }

  void restore(std::span<const ParameterBlock<Real>> blocks) const {
    auto from = before_.begin();
    for (const auto& block : blocks) {
      for (const auto j : block.index) block.weights[j] = *from++;
      if (block.sparse) continue;
      std::copy_n(from, block.weights.size(), block.weights.begin());
      from += static_cast<std::ptrdiff_t>(block.weights.size());
    }
  }

  // What was remembered, block after block; empty before the first update.
  [[nodiscard]] std::span<const Real> weights() const { return before_; }

 private:
  std::vector<Real> before_;
};

// The exponent's bits, all of them set, and one at their lowest: of a number that is not finite, and of no other, that carries into
// the sign's place. Integers, because a loop over comparisons of floats does not vectorize.
template <class Real>
[[nodiscard]] constexpr auto carry_of(Real value) {
  using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits exponent = std::bit_cast<Bits>(std::numeric_limits<Real>::infinity());
  constexpr Bits lowest = exponent & (~exponent + 1);
  return (std::bit_cast<Bits>(value) & exponent) + lowest;
}

template <class Real>
[[nodiscard]] bool weights_are_finite(std::span<const ParameterBlock<Real>> blocks) {
  auto carries = carry_of(Real{0});
  for (const auto& block : blocks) {
    for (const auto j : block.index) carries |= carry_of(block.weights[j]);
    if (block.sparse) continue;
    for (const Real w : block.weights) carries |= carry_of(w);
  }
  return carries >> (8 * sizeof(Real) - 1) == 0;
}

}  // namespace rekindle
