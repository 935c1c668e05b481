// Rows of the registries, chosen and checked as the configuration does it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/registry.hpp"

namespace rekindle::bench {

template <class Row>
[[nodiscard]] Choice<Row> choose(std::span<const Row> rows, const std::string& type, std::vector<std::pair<std::string, double>> given = {},
                                 std::span<const ParameterSpec> extra = {}) {
  Table table;
  table.set("type", Value(type), {});
  for (const auto& [key, value] : given) table.set(key, Value(value), {});
  Diagnostics diagnostics;
  return check_choice(rows, extra, table, type, diagnostics);
}

}  // namespace rekindle::bench
