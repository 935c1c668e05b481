// Parameters: what a registry row or a configuration section accepts, and the one check that every value passes.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.hpp"

namespace rekindle {

enum class Severity : std::uint8_t { error, warning };

// One mistake, with the place a user has to look at.
struct Diagnostic {
  Severity severity = Severity::error;
  Place place;
  std::string key;  // Full dotted key, such as "drift.detectors[0].delta".
  std::string message;
  [[nodiscard]] std::string text() const;  // "FILE:LINE:COL: key: message"
};

// Collects mistakes, so that a user hears of all of them at once.
class Diagnostics {
 public:
  void error(const Place& place, std::string key, std::string message);
  void warn(const Place& place, std::string key, std::string message);
  [[nodiscard]] bool failed() const;
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_;
};

enum class ParameterKind : std::uint8_t {
  boolean,
  integer,
  real,
  string,
  reals,     // Array of numbers.
  strings,   // Array of strings.
  duration,  // "200ms", "10s", "5m", "1h", "2d"; kept as seconds.
  size,      // "64 MiB", or a number of bytes; kept as bytes.
  table,     // Checked by whoever asked for it.
  tables,    // Array of tables, likewise.
  any,
};

// One accepted key. Build with the functions below: `real("gamma").required().above(0)`.
struct ParameterSpec {
  std::string name;
  ParameterKind kind = ParameterKind::any;
  std::optional<Value::Data> fallback;  // What an absent key means; nothing: absent stays absent.
  bool is_required = false;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
  std::vector<std::string> choices;  // Of a string; empty: any.
  std::string meaning;
  bool reloadable = false;

  ParameterSpec& required();
  ParameterSpec& or_else(Value::Data value);
  ParameterSpec& at_least(double bound);
  ParameterSpec& above(double bound);
  ParameterSpec& at_most(double bound);
  ParameterSpec& below(double bound);
  ParameterSpec& one_of(std::vector<std::string> names);
  ParameterSpec& means(std::string text);
  ParameterSpec& can_reload();
  [[nodiscard]] std::string bounds() const;  // ">= 0 and < 1", "one of a, b", "".
};

[[nodiscard]] ParameterSpec boolean(std::string name, std::optional<bool> fallback = std::nullopt);
[[nodiscard]] ParameterSpec integer(std::string name, std::optional<std::int64_t> fallback = std::nullopt);
[[nodiscard]] ParameterSpec real(std::string name, std::optional<double> fallback = std::nullopt);
[[nodiscard]] ParameterSpec text(std::string name, std::optional<std::string> fallback = std::nullopt);
[[nodiscard]] ParameterSpec choice(std::string name, std::vector<std::string> names, std::optional<std::string> fallback);
[[nodiscard]] ParameterSpec of_kind(std::string name, ParameterKind kind);

// The values of one table after the check: every key is known, typed and within its bounds, and defaults are filled in.
class Parameters {
 public:
  [[nodiscard]] bool has(std::string_view name) const { return table_.find(name) != nullptr; }
  [[nodiscard]] bool written(std::string_view name) const;  // By the user, not by a default.
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] const std::string& string(std::string_view name) const;
  [[nodiscard]] std::vector<double> reals(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> strings(std::string_view name) const;
  [[nodiscard]] const Value* find(std::string_view name) const;
  [[nodiscard]] const Table& table() const { return table_; }
  void set(std::string name, Value value);

 private:
  friend Parameters check_parameters(std::span<const ParameterSpec>, const Table&, const std::string&, Diagnostics&, const Place&);
  Table table_;
  std::vector<std::string> written_;
};

// Checks `given` against `specs`; every mistake goes to `diagnostics` under `prefix` + "." + key. Unknown keys are
// mistakes; a required key that is absent is reported at `where`. The result is safe to read only when no mistake was found.
[[nodiscard]] Parameters check_parameters(std::span<const ParameterSpec> specs, const Table& given, const std::string& prefix,
                                          Diagnostics& diagnostics, const Place& where = {});

// "10s" -> 10.0; nothing when it is not a duration.
[[nodiscard]] std::optional<double> parse_duration(std::string_view text);
// "64 MiB" -> 67108864; nothing when it is not a size.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace rekindle
