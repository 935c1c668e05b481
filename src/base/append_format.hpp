// append_format: fmt::format_to for the end of a std::string, by way of a buffer on the stack. fmt 9 grows a string behind a
// back_inserter by one character at a time, which costs several times the formatting itself.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

namespace rekindle {

template <class... Values>
void append_format(std::string& out, fmt::format_string<Values...> form, Values&&... values) {
  fmt::basic_memory_buffer<char, 256> text;
  fmt::format_to(std::back_inserter(text), form, std::forward<Values>(values)...);
  out.append(text.data(), text.size());
}

}  // namespace rekindle
