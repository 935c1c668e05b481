#include "connectors/decode/json_discovery.hpp"

#include "connectors/decode/json.hpp"

namespace rekindle {

namespace {

namespace od = simdjson::ondemand;

// Whether all elements are numbers, and how many there are.
void measure(od::value& value, FoundField& field) {
  od::array array;
  field.length = 0;
  field.numeric = true;
  if (value.get_array().get(array)) return;
  for (auto element : array) {
    double ignored = 0;
    field.numeric = field.numeric && !element.get_double().get(ignored);
    ++*field.length;
  }
}

bool find(od::object& object, const std::string& prefix, std::size_t depth, const Schema& schema, std::vector<FoundField>& found) {
  for (auto next : object) {
    od::field member;
    std::string_view key;
    od::json_type type{};
    if (std::move(next).get(member) || member.unescaped_key().get(key) || member.value().type().get(type)) return false;
    FoundField field{prefix + std::string(key), type == od::json_type::number || type == od::json_type::boolean, depth > 1, {}};
    if (type == od::json_type::object && depth < longest_json_path) {
      od::object inner;
      if (member.value().get_object().get(inner) || !find(inner, field.name + ".", depth + 1, schema, found)) return false;
      continue;
    }
    if (type == od::json_type::array && !is_named_otherwise(schema, field.name)) measure(member.value(), field);
    found.push_back(std::move(field));
  }
  return true;
}

}  // namespace

bool find_fields(od::object& object, const Schema& schema, std::vector<FoundField>& found) { return find(object, "", 1, schema, found); }

}  // namespace rekindle
