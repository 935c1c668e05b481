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
// the sign's place. Integers, because a loop over comparisons of floats does not vectorize. `Bits`: those of one number or, in a vector, of
// several.
template <class Real, class Bits>
[[nodiscard]] constexpr Bits carry_of_bits(Bits bits) {
  constexpr auto exponent = std::bit_cast<BitsOf<Real>>(std::numeric_limits<Real>::infinity());
  constexpr auto lowest = exponent & (~exponent + 1);
  return (bits & exponent) + lowest;
}

template <class Real>
[[nodiscard]] constexpr BitsOf<Real> carry_of(Real value) {
  return carry_of_bits<Real>(std::bit_cast<BitsOf<Real>>(value));
}

// Of all carries that were ored together.
template <class Real>
[[nodiscard]] constexpr bool all_finite(BitsOf<Real> carries) {
  return carries >> (8 * sizeof(Real) - 1) == 0;
}

}  // namespace rekindle
