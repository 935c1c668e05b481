// Pieces of JSON text for records that are written too often to be built as values first.
#pragma once

#include <string>
#include <string_view>

namespace rekindle {

// In quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The shortest that reads back as the same bits; null where it is not finite.
void append_json_number(std::string& out, double value);

}  // namespace rekindle
