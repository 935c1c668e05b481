// Value: one configuration value with the place it was written at, whatever it was read from (file, flag, environment).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rekindle {

// Where a key or a value stands. Line 0: no line (`file` then names the flag or the environment variable).
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  [[nodiscard]] std::string text() const;  // "rekindle.toml:12:9", or just the name where there is no line.
};

class Value;

struct Entry;
using Array = std::vector<Value>;

// Keys in the order they were written. A copy, a move and the end of a table need the whole of Entry, which holds tables itself.
class Table {
 public:
  Table();
  Table(const Table& other);
  Table(Table&& other) noexcept;
  Table& operator=(const Table& other);
  Table& operator=(Table&& other) noexcept;
  ~Table();

  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] Entry* find(std::string_view key);
  Entry& set(std::string key, Value value, Place key_place);
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

class Value {
 public:
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table>;
  Value() = default;
  explicit Value(Data what, Place where = {}) : data(std::move(what)), place(std::move(where)) {}

  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&data); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data); }
  [[nodiscard]] std::optional<double> number() const;  // An integer counts as a number.
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&data); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data); }
  [[nodiscard]] const Table* table() const { return std::get_if<Table>(&data); }
  [[nodiscard]] Table* table() { return std::get_if<Table>(&data); }
  [[nodiscard]] std::string kind() const;  // "a number", "a string", ... for messages.
  [[nodiscard]] std::string text() const;  // As TOML.

  Data data;
  Place place;
};

struct Entry {
  std::string key;
  Value value;
  Place key_place;
};

inline Table::Table() = default;
inline Table::Table(const Table& other) = default;
inline Table::Table(Table&& other) noexcept = default;
inline Table& Table::operator=(const Table& other) = default;
inline Table& Table::operator=(Table&& other) noexcept = default;
inline Table::~Table() = default;

// A string as TOML writes it, quotes included.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace rekindle
