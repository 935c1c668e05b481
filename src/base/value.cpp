#include "base/value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rekindle {

std::string Place::text() const { return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column); }

const Entry* Table::find(std::string_view key) const {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  return found == entries_.end() ? nullptr : &*found;
}

Entry* Table::find(std::string_view key) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  return found == entries_.end() ? nullptr : &*found;
}

Entry& Table::set(std::string key, Value value, Place key_place) {
  if (auto* entry = find(key)) {
    entry->value = std::move(value);
    entry->key_place = std::move(key_place);
    return *entry;
  }
  entries_.push_back({std::move(key), std::move(value), std::move(key_place)});
  return entries_.back();
}

std::optional<double> Value::number() const {
  if (const auto* whole = integer()) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&data)) return *real;
  return std::nullopt;
}

std::string Value::kind() const {
  static constexpr const char* names[] = {"nothing", "a boolean", "an integer", "a number", "a string", "an array", "a table"};
  return names[data.index()];
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

namespace {

// A key that TOML takes without quotes.
bool is_bare(std::string_view key) {
  const auto usual = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::ranges::all_of(key, usual);
}

}  // namespace

std::string Value::text() const {
  struct Printer {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t whole) const { return fmt::format("{}", whole); }
    std::string operator()(double real) const {
      auto text = fmt::format("{}", real);
      const bool looks_whole = text.find_first_of(".en") == std::string::npos;
      return looks_whole ? text + ".0" : text;
    }
    std::string operator()(const std::string& string) const { return quoted(string); }
    std::string operator()(const Array& array) const {
      std::vector<std::string> parts;
      for (const auto& value : array) parts.push_back(value.text());
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    std::string operator()(const Table& table) const {
      std::vector<std::string> parts;
      for (const auto& entry : table.entries())
        parts.push_back(fmt::format("{} = {}", is_bare(entry.key) ? entry.key : quoted(entry.key), entry.value.text()));
      return parts.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(parts, ", "));
    }
  };
  return std::visit(Printer{}, data);
}

}  // namespace rekindle
