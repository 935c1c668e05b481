#include "connectors/decode/json_keys.hpp"

#include <algorithm>

#include "connectors/decode/json.hpp"

namespace rekindle {

bool is_plain_json(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; });
}

JsonKeys::JsonKeys(const FieldPlan& plan) : levels_(1) {
  const auto& fields = plan.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) add(top, fields[i].name, fields[i].name).field = i;
  for (std::size_t i = 0; i < fields.size(); ++i) add_path(fields[i].name, i);
}

JsonKey& JsonKeys::add(std::size_t level, const std::string& name, const std::string& path) {
  auto& keys = levels_[level];
  const auto [at, is_new] = keys.by_name.emplace(name, keys.all.size());
  if (is_new) {
    keys.expected.push_back(keys.all.size());
    keys.all.push_back({name, none, none, path});
  }
  return keys.all[at->second];
}

// "a.b.c": key c of the object that is the value of key b of the object that is the value of key a.
void JsonKeys::add_path(const std::string& path, std::size_t field) {
  const auto dots = static_cast<std::size_t>(std::ranges::count(path, '.'));
  const bool has_empty_part = path.starts_with('.') || path.ends_with('.') || path.find("..") != std::string::npos;
  if (dots == 0 || dots >= longest_json_path || has_empty_part) return;
  std::size_t level = top;
  std::size_t first = 0;
  for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', first)) {
    auto& key = add(level, path.substr(first, dot - first), path.substr(0, dot));
    first = dot + 1;
    if (key.level != none) {
      level = key.level;
      continue;
    }
    level = key.level = levels_.size();
    levels_.emplace_back();
  }
  add(level, path.substr(first), path).field = field;
}

bool JsonKeys::order(std::size_t count, std::vector<std::size_t>& fields) const {
  fields.clear();
  const auto& keys = levels_[top];
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = keys.expected[i];
    if (found != none && keys.all[found].level != none) return false;
    fields.push_back(found == none ? none : keys.all[found].field);
  }
  return true;
}

bool JsonKeys::look_up(Level& keys, simdjson::ondemand::field& field, std::size_t ordinal, const JsonKey*& out) {
  std::string_view name;
  if (field.unescaped_key().get(name)) return false;
  const auto at = keys.by_name.find(name);
  const auto found = at == keys.by_name.end() ? none : at->second;
  if (ordinal >= keys.expected.size()) keys.expected.resize(ordinal + 1, none);
  keys.expected[ordinal] = found;
  out = found == none ? nullptr : &keys.all[found];
  return true;
}

}  // namespace rekindle
