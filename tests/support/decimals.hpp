// Decimal numbers as text, for what reads them faster than the standard library.
#pragma once

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <random>
#include <string>
#include <string_view>

namespace rekindle::test {

// "" where `fast` is to the bit what std::from_chars makes of `text`, up to `end`; otherwise what was read instead of what.
inline std::string beside_from_chars(double fast, std::string_view text, const char* end) {
  double right = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), right);
  if (error == std::errc{} && rest == end && std::bit_cast<std::uint64_t>(fast) == std::bit_cast<std::uint64_t>(right)) return "";
  return fmt::format("{} instead of {}", fast, right);
}

// [-]digits[.digits], below 2^bits and with up to eleven digits behind the point.
inline std::string random_decimal(std::mt19937_64& random, unsigned bits) {
  std::string text = random() % 2 == 0 ? "-" : "";
  text += std::to_string(random() % (std::uint64_t{1} << (random() % bits)));
  if (const auto digits = random() % 12; digits != 0) {
    text += '.';
    for (std::uint64_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random() % 10);
  }
  return text;
}

}  // namespace rekindle::test
