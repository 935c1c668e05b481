#include "app/commands/arguments.hpp"

#include <charconv>
#include <cmath>

#include "app/toml.hpp"

namespace rekindle {

Result<Table> table_from_arguments(const std::string& type, const std::vector<std::string>& arguments) {
  Table table;
  table.set("type", Value(type, {"TYPE", 0, 0}), {"TYPE", 0, 0});
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) return fail(ErrorCode::usage, "expected key=value, got \"{}\"", argument);
    const auto key = argument.substr(0, equals);
    if (table.find(key) != nullptr) return fail(ErrorCode::usage, "{} is given twice", key);
    table.set(key, read_toml_value(argument.substr(equals + 1), key), {key, 0, 0});
  }
  return table;
}

std::optional<double> number_in(std::string_view line) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  if (line.starts_with('+') && !line.starts_with("+-")) line.remove_prefix(1);
  double value = 0;
  const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{} || rest != line.data() + line.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace rekindle
