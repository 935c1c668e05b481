// TYPE key=value ... as `schedule`, `detect` and `generate` take them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"

namespace rekindle {

// A table with `type` and the keys; values are TOML, a bare word that is not TOML is a string.
[[nodiscard]] Result<Table> table_from_arguments(const std::string& type, const std::vector<std::string>& arguments);

// The finite number that a line of standard input is, blanks around it aside.
[[nodiscard]] std::optional<double> number_in(std::string_view line);

}  // namespace rekindle
