// short_number: a decimal number of which the end is known, read without a branch that has to be guessed: signs and lengths cannot be
// foreseen, and each that was guessed wrong costs as much as the whole number.
#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstdint>

namespace rekindle {

inline constexpr std::size_t longest_short_number = 16;                      // Characters, without a minus.
inline constexpr std::size_t short_number_reads = longest_short_number + 1;  // Bytes that must be readable from its first one on.

// What the sixteen bytes of a number are compared with and moved by: read from memory, since GCC makes a constant anew for each number,
// with three instructions, where it knows it.
struct ShortNumberBytes {
  using Bytes = std::array<std::int8_t, 16>;
  alignas(16) Bytes zeros;                // '0'
  alignas(16) Bytes nines;                // 9
  std::array<std::int8_t, 32> places;     // -16 to 15
  alignas(16) std::array<Bytes, 17> all;  // all[i]: i - 1
};
extern const ShortNumberBytes short_number_bytes;

// Sixteen digits, the first of them the highest (W. Mula, "SIMD-ized parsing of integers", 2014).
[[nodiscard]] inline std::uint64_t value_of_digits(__m128i digits) {
  const auto pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
  const auto fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
  const auto eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
  const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eights));
  return (both & 0xFFFFFFFF) * 100'000'000 + (both >> 32);
}

// Reads [-]digits[.digits], `size` characters in all, where at most 15 of them are digits: exact, as `plain_number` says. False: it is not
// such a number, or a longer one.
[[nodiscard]] inline bool short_number(const char* first, std::size_t size, double& out) {
  static constexpr std::array<double, 16> powers = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const std::size_t negative = (size != 0) & (*first == '-');
  const auto load = [](const std::int8_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); };
  const auto& bytes = short_number_bytes;
  first += negative;
  size -= negative;
  const auto digits = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(first)), load(bytes.zeros.data()));
  const auto is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits, load(bytes.nines.data())), digits);
  const auto behind_it = std::uint32_t{1} << (size & 31);
  const auto others = ~static_cast<std::uint32_t>(_mm_movemask_epi8(is_digit)) & (behind_it - 1);
  const auto point = static_cast<std::size_t>(std::countr_zero(others | behind_it));
  const std::size_t points = others != 0;
  const auto count = size - points;
  const bool fits = size - 1 < longest_short_number && count < 16;
  const bool well_formed = (others & (others - 1)) == 0 && (points == 0 || (first[point] == '.' && point != 0 && point + 1 != size));
  if (!fits || !well_formed) return false;
  // Where each of the sixteen comes from, the point left out; below 0 there is none, and it is zero.
  auto from = load(bytes.places.data() + count);
  from = _mm_sub_epi8(from, _mm_cmpgt_epi8(from, load(bytes.all[point].data())));
  const auto value =
      static_cast<double>(static_cast<std::int64_t>(value_of_digits(_mm_shuffle_epi8(digits, from)))) / powers[count - point];
  out = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | (std::uint64_t{negative} << 63));
  return true;
}

}  // namespace rekindle
