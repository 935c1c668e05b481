// Log lines: one an event, a name and key=value fields (or JSON), to standard error. Never a sample's contents.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace rekindle {

enum class LogLevel { error, warn, info, debug };

struct LogField {
  std::string_view key;
  std::string value;
  bool is_text = true;  // JSON: in quotes.

  template <class T>
  LogField(std::string_view name, const T& what) : key(name), value(fmt::format("{}", what)), is_text(!std::is_arithmetic_v<T>) {}
};

void start_log(const std::string& level, const std::string& format);
void set_log_level(const std::string& level);
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace rekindle
