#include "app/toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace rekindle {

namespace {

Place place_of(const toml::source_region& region, const std::string& name) { return {name, region.begin.line, region.begin.column}; }

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Table converted(const toml::table& table, const std::string& name);

Value converted(const toml::node& node, const std::string& name) {
  const auto place = place_of(node.source(), name);
  if (const auto* table = node.as_table()) return Value(converted(*table, name), place);
  if (const auto* array = node.as_array()) {
    Array values;
    for (const auto& one : *array) values.push_back(converted(one, name));
    return Value(std::move(values), place);
  }
  if (const auto* text = node.as_string()) return Value(text->get(), place);
  if (const auto* whole = node.as_integer()) return Value(whole->get(), place);
  if (const auto* real = node.as_floating_point()) return Value(real->get(), place);
  if (const auto* flag = node.as_boolean()) return Value(flag->get(), place);
  if (const auto* moment = node.as_date_time()) return Value(printed(moment->get()), place);
  if (const auto* date = node.as_date()) return Value(printed(date->get()), place);
  if (const auto* time = node.as_time()) return Value(printed(time->get()), place);
  return Value({}, place);
}

Table converted(const toml::table& table, const std::string& name) {
  Table out;
  // The library sorts by name; mistakes are reported as they stand in the file.
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(&key, &node);
  std::ranges::sort(entries, {}, [](const auto& one) {
    const auto& at = one.first->source().begin;
    return std::pair(at.line, at.column);
  });
  for (const auto& [key, node] : entries) out.set(std::string(key->str()), converted(*node, name), place_of(key->source(), name));
  return out;
}

void report(const toml::parse_error& error, const std::string& name, Diagnostics& diagnostics) {
  diagnostics.error(place_of(error.source(), name), "", std::string(error.description()));
}

}  // namespace

Table read_toml_text(std::string_view text, const std::string& name, Diagnostics& diagnostics) {
  try {
    return converted(toml::parse(text), name);
  } catch (const toml::parse_error& error) {
    report(error, name, diagnostics);
    return {};
  }
}

Table read_toml_file(const std::string& path, Diagnostics& diagnostics) {
  try {
    return converted(toml::parse_file(path), path);
  } catch (const toml::parse_error& error) {
    report(error, path, diagnostics);
    return {};
  }
}

Value read_toml_value(std::string_view text, const std::string& origin) {
  try {
    const auto table = toml::parse(fmt::format("value = {}", text));
    if (table.size() == 1) {
      auto value = converted(*table.get("value"), origin);
      value.place = {origin, 0, 0};
      return value;
    }
  } catch (const toml::parse_error&) {  // NOLINT(bugprone-empty-catch): not TOML is a plain word.
  }
  return Value(std::string(text), {origin, 0, 0});
}

namespace {

// "detectors[0]" -> {"detectors", 0}.
std::pair<std::string, std::optional<std::size_t>> split_index(std::string_view part) {
  const auto bracket = part.find('[');
  if (bracket == std::string_view::npos || !part.ends_with(']')) return {std::string(part), std::nullopt};
  std::size_t index = 0;
  const auto digits = part.substr(bracket + 1, part.size() - bracket - 2);
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool good = error == std::errc{} && rest == digits.data() + digits.size() && index < 1000;
  return good ? std::pair(std::string(part.substr(0, bracket)), std::optional(index))
              : std::pair(std::string(part), std::optional<std::size_t>());
}

Table& child(Table& table, std::string_view part, const Place& place) {
  const auto [key, index] = split_index(part);
  auto* entry = table.find(key);
  if (!index) {
    if (entry == nullptr || entry->value.table() == nullptr) entry = &table.set(key, Value(Table{}, place), place);
    return *entry->value.table();
  }
  if (entry == nullptr || entry->value.array() == nullptr) entry = &table.set(key, Value(Array{}, place), place);
  auto& array = std::get<Array>(entry->value.data);
  while (array.size() <= *index) array.emplace_back(Table{}, place);
  if (array[*index].table() == nullptr) array[*index] = Value(Table{}, place);
  return *array[*index].table();
}

}  // namespace

void set_path(Table& table, std::string_view path, Value value) {
  const auto place = value.place;
  Table* at = &table;
  std::string walked;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    if (walked == "kafka.properties." || walked == "kafka.secrets.") break;
    at = &child(*at, path.substr(0, dot), place);
    walked += std::string(path.substr(0, dot)) + ".";
    path.remove_prefix(dot + 1);
  }
  at->set(std::string(path), std::move(value), place);
}

}  // namespace rekindle
