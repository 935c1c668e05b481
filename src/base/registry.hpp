// Registry rows: one row per schedule, optimizer, loss, detector, generator or format. The configuration check, the
// lists, the documentation and the tests that loop over everything all come from the row.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.hpp"
#include "base/suggest.hpp"

namespace rekindle {

template <class Factory>
struct RegistryRow {
  std::string name;
  std::string meaning;  // One line.
  std::vector<ParameterSpec> parameters;
  Factory make;
  // What no single parameter can say ("gamma or decay_rate, never both"); empty when all is well.
  std::function<std::string(const Parameters&)> conflict = {};
  // For parameters that are tables of a registry themselves: reports their mistakes under `prefix` and puts the checked
  // tables, defaults filled in, in the place of the given ones.
  std::function<void(Parameters&, const std::string& prefix, Diagnostics&)> check_nested = {};
};

template <class Row>
[[nodiscard]] std::vector<std::string> row_names(std::span<const Row> rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

template <class Row>
[[nodiscard]] const Row* find_row(std::span<const Row> rows, std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// The row's keys with the family's; a row may give one of those a default or a meaning of its own.
template <class Row>
[[nodiscard]] std::vector<ParameterSpec> row_keys(const Row& row, std::span<const ParameterSpec> extra) {
  auto keys = row.parameters;
  for (const auto& one : extra) {
    const auto same = [&](const ParameterSpec& own) { return own.name == one.name; };
    if (std::none_of(row.parameters.begin(), row.parameters.end(), same)) keys.push_back(one);
  }
  return keys;
}

// What a table such as `[optimizer]` names: a row, and its checked parameters.
template <class Row>
struct Choice {
  const Row* row = nullptr;
  Parameters parameters;
};

// `extra` are keys that every row of this family takes. Mistakes go to `diagnostics`; the row is null when `type` is wrong.
// `where` is the place of the table, for a type that is not there.
template <class Row>
[[nodiscard]] Choice<Row> check_choice(std::span<const Row> rows, std::span<const ParameterSpec> extra, const Table& given,
                                       const std::string& prefix, Diagnostics& diagnostics, const Place& where = {}) {
  Choice<Row> result;
  const auto* type = given.find("type");
  const auto key = prefix + ".type";
  const auto names = row_names(rows);
  if (type == nullptr || type->value.string() == nullptr) {
    const auto place = type == nullptr ? where : type->value.place;
    diagnostics.error(place, key, fmt::format("must be one of {}", fmt::join(names, ", ")));
    return result;
  }
  result.row = find_row(rows, *type->value.string());
  if (result.row == nullptr) {
    const auto& name = *type->value.string();
    diagnostics.error(
        type->value.place, key,
        fmt::format("must be one of {}, got {}{}", fmt::join(names, ", "), rekindle::quoted(name), did_you_mean(name, names)));
    return result;
  }
  auto specs = row_keys(*result.row, extra);
  specs.push_back(text("type"));
  const auto errors_before = diagnostics.all().size();
  result.parameters = check_parameters(specs, given, prefix, diagnostics, type->value.place);
  if (diagnostics.all().size() == errors_before && result.row->check_nested) {
    result.row->check_nested(result.parameters, prefix, diagnostics);
  }
  if (diagnostics.all().size() == errors_before && result.row->conflict) {
    if (auto problem = result.row->conflict(result.parameters); !problem.empty()) {
      diagnostics.error(type->value.place, prefix, std::move(problem));
    }
  }
  return result;
}

}  // namespace rekindle
