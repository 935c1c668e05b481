#include "app/commands/arguments.hpp"

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

}  // namespace rekindle
