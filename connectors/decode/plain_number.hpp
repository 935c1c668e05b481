// plain_number: the fast half of reading a decimal number, for the text formats. Eight bytes at a time, since a loop over the
// few digits of a number costs more in mispredicted branches than in arithmetic.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace rekindle {

struct Digits {
  std::uint64_t value = 0;
  std::size_t count = 0;
};

// Those that the eight characters from `at` on begin with (D. Lemire, "Quickly parsing eight digits", 2018).
[[nodiscard]] inline Digits leading_digits(const char* at) {
  static_assert(std::endian::native == std::endian::little);  // The first character is the lowest byte.
  constexpr std::uint64_t every = 0x0101010101010101;
  std::uint64_t digits = 0;
  std::memcpy(&digits, at, sizeof digits);
  digits ^= every * '0';
  const auto others = (digits | (digits + every * 0x76)) & (every * 0x80);  // A carry reaches later characters only.
  const auto count = static_cast<std::size_t>(std::countr_zero(others)) / 8;
  if (count == 0) return {};
  digits <<= 8 * (8 - count);
  digits = 10 * digits + (digits >> 8);
  constexpr std::uint64_t pairs = 0x000000FF000000FF;
  const auto value =
      (((digits & pairs) * (100 + (std::uint64_t{1'000'000} << 32))) + (((digits >> 16) & pairs) * (1 + (std::uint64_t{10'000} << 32)))) >>
      32;
  return {value & 0xFFFFFFFF, count};
}

// Reads [-]digits[.digits] from the beginning of [first, last) where that is exact (Clinger, "How to read floating point
// numbers accurately", 1990: at most 2^53 divided by a power of ten up to 10^22 rounds once, as the nearest double does).
// Returns the first character behind it, or nullptr: nothing was read, and std::from_chars has to look.
[[nodiscard]] inline const char* plain_number(const char* first, const char* last, double& out) {
  static constexpr std::array<double, 19> powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  static constexpr std::array<std::uint64_t, 9> small_powers = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  const bool negative = first != last && *first == '-';
  const char* at = first + (negative ? 1 : 0);
  std::uint64_t digits = 0;
  const auto read_digits = [&] {
    const char* const begin = at;
    for (; at != last && static_cast<unsigned char>(*at - '0') < 10; ++at) digits = 10 * digits + static_cast<std::uint64_t>(*at - '0');
    return at - begin;
  };
  auto read = read_digits();
  if (read == 0) return nullptr;
  std::ptrdiff_t behind_point = 0;
  if (at != last && *at == '.') {
    const char* const fraction = ++at;
    if (last - at >= 8) {
      const auto [value, count] = leading_digits(at);
      digits = digits * small_powers[count] + value;
      at += count;
    }
    read_digits();
    behind_point = at - fraction;
    if (behind_point == 0) return nullptr;
  }
  read += behind_point;
  if (read > 18 || digits > (std::uint64_t{1} << 53) || (at != last && (*at == 'e' || *at == 'E'))) return nullptr;
  const auto value = static_cast<double>(digits) / powers[static_cast<std::size_t>(behind_point)];
  out = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | (std::uint64_t{negative} << 63));  // Signs cannot be foreseen.
  return at;
}

}  // namespace rekindle
