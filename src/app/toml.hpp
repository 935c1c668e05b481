// Reading TOML into our Value, with the place of every key and value.
#pragma once

#include <string>
#include <string_view>

#include "base/parameters.hpp"
#include "base/value.hpp"

namespace rekindle {

// The file's table; a syntax error goes to `diagnostics` and comes alone.
[[nodiscard]] Table read_toml_file(const std::string& path, Diagnostics& diagnostics);
[[nodiscard]] Table read_toml_text(std::string_view text, const std::string& name, Diagnostics& diagnostics);

// One value as on a command line: TOML, or a bare word that is not TOML as a string. `origin` names it in messages.
[[nodiscard]] Value read_toml_value(std::string_view text, const std::string& origin);

// Sets "drift.detectors[0].delta" and the like; everything after "kafka.properties." is one key. Tables on the way are made.
void set_path(Table& table, std::string_view path, Value value);

}  // namespace rekindle
