// JsonKeys: what the keys of a JSON object stand for, for each object that a path leads into.
#pragma once

#include <simdjson.h>

#include <map>
#include <string>
#include <vector>

#include "connectors/decode/fields.hpp"
#include "connectors/decode/near_bytes.hpp"

namespace rekindle {

// Whether JSON writes it as it is, with nothing to escape.
[[nodiscard]] bool is_plain_json(std::string_view text);

struct JsonKey {
  std::string name;
  std::size_t field;  // Index into the plan's fields, or `none`.
  std::size_t level;  // Of the keys of the object that is its value, or `none`.
  std::string path;   // From the top.
  bool plain = is_plain_json(name);
  Beginning beginning = plain ? Beginning(name, '"') : Beginning();

  // As it is written. False may also mean that it is written otherwise.
  [[nodiscard]] bool is(simdjson::ondemand::raw_json_string text) const {
    return beginning.begins(text.raw()) || (name.size() > Beginning::longest && plain && text == std::string_view(name));
  }
};

class JsonKeys {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  static constexpr std::size_t top = 0;

  JsonKeys() = default;
  explicit JsonKeys(const FieldPlan& plan);

  // The key of the `ordinal`-th field of an object; null: nothing is wanted of it. False: it is not a valid string.
  [[nodiscard]] bool find(std::size_t level, simdjson::ondemand::field& field, std::size_t ordinal, const JsonKey*& out) {
    auto& keys = levels_[level];
    if (ordinal < keys.expected.size() && keys.expected[ordinal] != none) {
      const auto& key = keys.all[keys.expected[ordinal]];
      if (key.is(field.key())) {
        out = &key;
        return true;
      }
    }
    return look_up(keys, field, ordinal, out);
  }

  // The fields of an object at the top whose `count` keys were found last, in their order; `none`: nothing is wanted of it. False: one of
  // them may have fields inside.
  [[nodiscard]] bool order(std::size_t count, std::vector<std::size_t>& fields) const;

 private:
  struct Level {
    std::vector<JsonKey> all;
    std::map<std::string, std::size_t, std::less<>> by_name;
    // Records of a stream have their fields in the same order nearly always: the i-th field is tried against the key that
    // the i-th field of the last record had.
    std::vector<std::size_t> expected;
  };
  [[nodiscard]] static bool look_up(Level& keys, simdjson::ondemand::field& field, std::size_t ordinal, const JsonKey*& out);
  JsonKey& add(std::size_t level, const std::string& name, const std::string& path);
  void add_path(const std::string& path, std::size_t field);
  std::vector<Level> levels_;
};

}  // namespace rekindle
