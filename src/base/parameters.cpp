#include "base/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/suggest.hpp"

namespace rekindle {

std::string Diagnostic::text() const {
  const auto where = place.text();
  const auto* mark = severity == Severity::warning ? "warning: " : "";
  const auto subject = key.empty() ? "" : key + ": ";
  return where.empty() ? fmt::format("{}{}{}", mark, subject, message) : fmt::format("{}: {}{}{}", where, mark, subject, message);
}

void Diagnostics::error(const Place& place, std::string key, std::string message) {
  all_.push_back({Severity::error, place, std::move(key), std::move(message)});
}

void Diagnostics::warn(const Place& place, std::string key, std::string message) {
  all_.push_back({Severity::warning, place, std::move(key), std::move(message)});
}

bool Diagnostics::failed() const {
  return std::ranges::any_of(all_, [](const auto& one) { return one.severity == Severity::error; });
}

ParameterSpec& ParameterSpec::required() {
  is_required = true;
  return *this;
}
ParameterSpec& ParameterSpec::or_else(Value::Data value) {
  fallback = std::move(value);
  return *this;
}
ParameterSpec& ParameterSpec::at_least(double bound) {
  low = bound;
  return *this;
}
ParameterSpec& ParameterSpec::above(double bound) {
  low = bound;
  low_open = true;
  return *this;
}
ParameterSpec& ParameterSpec::at_most(double bound) {
  high = bound;
  return *this;
}
ParameterSpec& ParameterSpec::below(double bound) {
  high = bound;
  high_open = true;
  return *this;
}
ParameterSpec& ParameterSpec::one_of(std::vector<std::string> names) {
  choices = std::move(names);
  return *this;
}
ParameterSpec& ParameterSpec::means(std::string text) {
  meaning = std::move(text);
  return *this;
}
ParameterSpec& ParameterSpec::can_reload() {
  reloadable = true;
  return *this;
}

std::string ParameterSpec::bounds() const {
  if (!choices.empty()) return fmt::format("one of {}", fmt::join(choices, ", "));
  std::vector<std::string> parts;
  if (std::isfinite(low)) parts.push_back(fmt::format("{} {}", low_open ? ">" : ">=", low));
  if (std::isfinite(high)) parts.push_back(fmt::format("{} {}", high_open ? "<" : "<=", high));
  return fmt::format("{}", fmt::join(parts, " and "));
}

namespace {
template <class T>
ParameterSpec make(std::string name, ParameterKind kind, std::optional<T> fallback) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.kind = kind;
  if (fallback) spec.fallback = Value::Data(*std::move(fallback));
  return spec;
}
}  // namespace

ParameterSpec boolean(std::string name, std::optional<bool> fallback) { return make(std::move(name), ParameterKind::boolean, fallback); }
ParameterSpec integer(std::string name, std::optional<std::int64_t> fallback) {
  return make(std::move(name), ParameterKind::integer, fallback);
}
ParameterSpec real(std::string name, std::optional<double> fallback) { return make(std::move(name), ParameterKind::real, fallback); }
ParameterSpec text(std::string name, std::optional<std::string> fallback) {
  return make(std::move(name), ParameterKind::string, std::move(fallback));
}
ParameterSpec choice(std::string name, std::vector<std::string> names, std::optional<std::string> fallback) {
  return text(std::move(name), std::move(fallback)).one_of(std::move(names));
}
ParameterSpec of_kind(std::string name, ParameterKind kind) { return make<bool>(std::move(name), kind, std::nullopt); }

bool Parameters::written(std::string_view name) const { return std::ranges::find(written_, name) != written_.end(); }

const Value* Parameters::find(std::string_view name) const {
  const auto* entry = table_.find(name);
  return entry == nullptr ? nullptr : &entry->value;
}

void Parameters::set(std::string name, Value value) { table_.set(std::move(name), std::move(value), {}); }

bool Parameters::boolean(std::string_view name) const { return *find(name)->boolean(); }
std::int64_t Parameters::integer(std::string_view name) const { return *find(name)->integer(); }
double Parameters::real(std::string_view name) const { return *find(name)->number(); }
const std::string& Parameters::string(std::string_view name) const { return *find(name)->string(); }

std::vector<double> Parameters::reals(std::string_view name) const {
  std::vector<double> out;
  for (const auto& value : *find(name)->array()) out.push_back(*value.number());
  return out;
}

std::vector<std::string> Parameters::strings(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& value : *find(name)->array()) out.push_back(*value.string());
  return out;
}

std::optional<double> parse_duration(std::string_view text) {
  double amount = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc{} || amount < 0 || !std::isfinite(amount)) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (unit == "ms") return amount / 1000;
  if (unit == "s") return amount;
  if (unit == "m") return amount * 60;
  if (unit == "h") return amount * 3600;
  if (unit == "d") return amount * 86400;
  return std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  double amount = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc{} || !(amount >= 0)) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto scaled = [&](double factor) {
    const double bytes = amount * factor;
    return bytes < 9e18 ? std::optional(static_cast<std::int64_t>(bytes)) : std::nullopt;
  };
  if (unit == "B" || unit.empty()) return scaled(1);
  if (unit == "KiB") return scaled(1024);
  if (unit == "MiB") return scaled(1024.0 * 1024);
  if (unit == "GiB") return scaled(1024.0 * 1024 * 1024);
  return std::nullopt;
}

namespace {

std::string wanted(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::boolean: return "true or false";
    case ParameterKind::integer: return "an integer";
    case ParameterKind::real: return "a finite number";
    case ParameterKind::string: return "a string";
    case ParameterKind::reals: return "an array of finite numbers";
    case ParameterKind::strings: return "an array of strings";
    case ParameterKind::duration: return "a duration such as \"10s\" (ms, s, m, h, d)";
    case ParameterKind::size: return "a size such as \"64 MiB\"";
    case ParameterKind::table: return "a table";
    case ParameterKind::tables: return "an array of tables";
    case ParameterKind::any: return "a value";
  }
  return "";
}

// The value in the form that `kind` keeps, or nothing when its type is wrong.
std::optional<Value> converted(ParameterKind kind, const Value& given) {
  const auto keep_if = [&](bool good) { return good ? std::optional(given) : std::nullopt; };
  const auto all = [&](auto good) { return given.array() != nullptr && std::ranges::all_of(*given.array(), good); };
  switch (kind) {
    case ParameterKind::boolean: return keep_if(given.boolean() != nullptr);
    case ParameterKind::integer: return keep_if(given.integer() != nullptr);
    case ParameterKind::real: {
      const auto number = given.number();
      if (!number || !std::isfinite(*number)) return std::nullopt;
      return Value(*number, given.place);
    }
    case ParameterKind::string: return keep_if(given.string() != nullptr);
    case ParameterKind::reals: return keep_if(all([](const Value& one) { return one.number() && std::isfinite(*one.number()); }));
    case ParameterKind::strings: return keep_if(all([](const Value& one) { return one.string() != nullptr; }));
    case ParameterKind::duration: {
      const auto seconds = given.string() == nullptr ? std::nullopt : parse_duration(*given.string());
      return seconds ? std::optional(Value(*seconds, given.place)) : std::nullopt;
    }
    case ParameterKind::size: {
      if (given.integer() != nullptr) return given;
      const auto bytes = given.string() == nullptr ? std::nullopt : parse_size(*given.string());
      return bytes ? std::optional(Value(*bytes, given.place)) : std::nullopt;
    }
    case ParameterKind::table: return keep_if(given.table() != nullptr);
    case ParameterKind::tables: return keep_if(all([](const Value& one) { return one.table() != nullptr; }));
    case ParameterKind::any: return given;
  }
  return std::nullopt;
}

bool within(const ParameterSpec& spec, double number) {
  const bool above_low = spec.low_open ? number > spec.low : number >= spec.low;
  const bool below_high = spec.high_open ? number < spec.high : number <= spec.high;
  return above_low && below_high;
}

// What is wrong with a value of the right type, or "".
std::string broken_bound(const ParameterSpec& spec, const Value& value) {
  if (const auto* string = value.string(); string != nullptr && !spec.choices.empty()) {
    if (std::ranges::find(spec.choices, *string) != spec.choices.end()) return "";
    return fmt::format("must be {}, got {}{}", spec.bounds(), quoted(*string), did_you_mean(*string, spec.choices));
  }
  const auto number = value.number();
  if (number && !within(spec, *number)) return fmt::format("must be {}, got {}", spec.bounds(), *number);
  if (spec.kind != ParameterKind::reals) return "";
  for (const auto& one : *value.array()) {
    if (!within(spec, *one.number())) return fmt::format("every value must be {}, got {}", spec.bounds(), *one.number());
  }
  return "";
}

}  // namespace

Parameters check_parameters(std::span<const ParameterSpec> specs, const Table& given, const std::string& prefix, Diagnostics& diagnostics,
                            const Place& where) {
  Parameters checked;
  const auto full = [&](const std::string& key) { return prefix.empty() ? key : prefix + "." + key; };
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  for (const auto& entry : given.entries()) {
    const auto spec = std::ranges::find(specs, entry.key, &ParameterSpec::name);
    if (spec == specs.end()) {
      diagnostics.error(entry.key_place, full(entry.key), "unknown key" + did_you_mean(entry.key, names));
      continue;
    }
    auto value = converted(spec->kind, entry.value);
    if (!value) {
      diagnostics.error(
          entry.value.place, full(entry.key),
          fmt::format("must be {}, got {}", wanted(spec->kind), entry.value.text().empty() ? entry.value.kind() : entry.value.text()));
      continue;
    }
    if (auto broken = broken_bound(*spec, *value); !broken.empty()) {
      diagnostics.error(entry.value.place, full(entry.key), std::move(broken));
      continue;
    }
    checked.table_.set(entry.key, *std::move(value), entry.key_place);
    checked.written_.push_back(entry.key);
  }
  // In the order of the specs, whatever was written in which order: equal parameters are equal as text.
  Table ordered;
  for (const auto& spec : specs) {
    if (const auto* entry = checked.table_.find(spec.name)) {
      ordered.set(spec.name, entry->value, entry->key_place);
      continue;
    }
    if (spec.fallback) ordered.set(spec.name, Value(*spec.fallback), {});
    if (spec.is_required && given.find(spec.name) == nullptr) diagnostics.error(where, full(spec.name), "is required");
  }
  checked.table_ = std::move(ordered);
  return checked;
}

}  // namespace rekindle
