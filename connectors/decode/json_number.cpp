#include "connectors/decode/json_number.hpp"

#include <algorithm>
#include <charconv>

namespace rekindle {

bool is_json_number(std::string_view token) {
  const auto skip_digits = [&] {
    const auto count = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(count);
    return count;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  const bool leading_zero = token.starts_with('0');
  const auto whole = skip_digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  return token.empty();
}

namespace {

// [-]digits.digits, told without a loop; the 32 bytes from its second on can be read.
bool is_decimal(std::string_view token) {
  const std::size_t sign = token.starts_with('-') ? 1 : 0;
  const std::size_t size = token.size() - sign;
  if (size < 3 || size > 31) return false;
  const char* const first = token.data() + sign;
  const auto digits = _mm256_sub_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(first)), _mm256_set1_epi8('0'));
  const auto is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(digits, _mm256_set1_epi8(9)), digits);
  const auto others = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(is_digit)) & ((std::uint32_t{1} << size) - 1);
  const auto point = static_cast<std::size_t>(std::countr_zero(others));
  const bool is_one = others != 0 && (others & (others - 1)) == 0;
  return is_one && first[point] == '.' && point != 0 && point + 1 != size && (first[0] != '0' || point == 1);
}

}  // namespace

bool long_json_number(std::string_view token, double& out) {
  if (!is_decimal(token) && !is_json_number(token)) return false;
  return std::from_chars(token.data(), token.data() + token.size(), out).ec == std::errc();
}

}  // namespace rekindle
