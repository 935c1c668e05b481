// Numbers by JSON's grammar.
#pragma once

#include <string_view>

#include "connectors/decode/short_number.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// What is one, and still cannot be read, is too large for a double.
[[nodiscard]] bool is_json_number(std::string_view token);

// What nearly all numbers are, without asking a parser, which guesses. JSON has no zero before another digit. Reads on into the padding.
[[nodiscard]] inline bool short_json_number(std::string_view token, double& out) {
  static_assert(payload_padding >= short_number_reads + 1);
  const char* const text = token.data();
  const std::size_t sign = text[0] == '-';
  const auto second = static_cast<unsigned char>(text[sign + 1] - '0');
  const bool padded = (text[sign] == '0') & (second < 10);
  return !padded && short_number(text, token.size(), out);
}

// Any number but those that are too large or too small for a double; false: a parser is to be asked. Reads on into the padding.
[[nodiscard]] bool long_json_number(std::string_view token, double& out);

}  // namespace rekindle
