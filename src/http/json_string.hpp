// Pieces of JSON text for records that are written too often to be built as values first.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rekindle {

// In quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The shortest that reads back as the same bits; null where it is not finite.
void append_json_number(std::string& out, double value);

// An object of them; `name_of(i)` is the name of the i-th.
template <class NameOf>
void append_json_numbers(std::string& out, std::span<const double> values, const NameOf& name_of) {
  out += '{';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, name_of(i));
    out += ':';
    append_json_number(out, values[i]);
  }
  out += '}';
}

}  // namespace rekindle
