// Log lines: one an event, a name and key=value fields (or JSON), to standard error. Never a sample's contents.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "app/clock.hpp"

namespace rekindle {

enum class LogLevel { error, warn, info, debug };

struct LogField {
  std::string_view key;
  std::string value;
  bool is_text = true;  // JSON: in quotes, as a number is that is not finite.

  template <class T>
  LogField(std::string_view name, const T& what) : key(name), value(fmt::format("{}", what)), is_text(!std::is_arithmetic_v<T>) {
    if constexpr (std::is_floating_point_v<T>) is_text = !std::isfinite(what);
  }
};

void start_log(const std::string& level, const std::string& format);
void set_log_level(const std::string& level);
// At most one line in a while, a second where nothing else is said, of what may come with every record.
class LogLimit {
 public:
  LogLimit() = default;
  explicit LogLimit(std::chrono::seconds apart) : apart_(apart) {}

  // How many lines were held back since the last, where one may be written now.
  [[nodiscard]] std::optional<std::uint64_t> admit(SteadyTime now) {
    if (last_ && now - *last_ < apart_) {
      ++held_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
  }

 private:
  std::chrono::seconds apart_{1};
  std::optional<SteadyTime> last_;
  std::uint64_t held_back_ = 0;
};

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace rekindle
