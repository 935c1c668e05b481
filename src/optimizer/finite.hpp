// Whether numbers are finite, as a loop that vectorizes.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace rekindle {

template <class Real>
using BitsOf = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;

// The exponent's bits, all of them set, and one at their lowest: of a number that is not finite, and of no other, that carries into
// the sign's place. Integers, because a loop over comparisons of floats does not vectorize.
template <class Real>
[[nodiscard]] constexpr BitsOf<Real> carry_of(Real value) {
  using Bits = BitsOf<Real>;
  constexpr Bits exponent = std::bit_cast<Bits>(std::numeric_limits<Real>::infinity());
  constexpr Bits lowest = exponent & (~exponent + 1);
  return (std::bit_cast<Bits>(value) & exponent) + lowest;
}

// Of all carries that were ored together.
template <class Real>
[[nodiscard]] constexpr bool all_finite(BitsOf<Real> carries) {
  return carries >> (8 * sizeof(Real) - 1) == 0;
}

}  // namespace rekindle
