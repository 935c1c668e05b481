#include "app/json_schema.hpp"

#include <boost/json/array.hpp>
#include <cmath>

#include "app/sections.hpp"
#include "drift/detector.hpp"
#include "optimizer/optimizer.hpp"
#include "schedule/schedule.hpp"
#include "schedule/warmup.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

json::object typed(const char* type) { return {{"type", type}}; }

json::object array_of(json::object items) { return {{"type", "array"}, {"items", std::move(items)}}; }

json::object type_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::boolean: return typed("boolean");
    case ParameterKind::integer: return typed("integer");
    case ParameterKind::real: return typed("number");
    case ParameterKind::string: return typed("string");
    case ParameterKind::reals: return array_of(typed("number"));
    case ParameterKind::strings: return array_of(typed("string"));
    case ParameterKind::duration: return {{"type", "string"}, {"pattern", "^[0-9.]+(ms|s|m|h|d)$"}};
    case ParameterKind::size: return {{"type", json::array{"string", "integer"}}};
    case ParameterKind::table: return typed("object");
    case ParameterKind::tables: return array_of(typed("object"));
    case ParameterKind::any: return {};
  }
  return {};
}

json::object described(const ParameterSpec& spec) {
  auto out = type_of(spec.kind);
  if (!spec.meaning.empty()) out["description"] = spec.meaning;
  if (!spec.choices.empty()) out["enum"] = json::array(spec.choices.begin(), spec.choices.end());
  const bool is_number = spec.kind == ParameterKind::integer || spec.kind == ParameterKind::real;
  if (is_number && std::isfinite(spec.low)) out[spec.low_open ? "exclusiveMinimum" : "minimum"] = spec.low;
  if (is_number && std::isfinite(spec.high)) out[spec.high_open ? "exclusiveMaximum" : "maximum"] = spec.high;
  return out;
}

json::object table_of(std::span<const ParameterSpec> specs) {
  json::object properties;
  json::array required;
  for (const auto& spec : specs) {
    properties[spec.name] = described(spec);
    if (spec.is_required) required.emplace_back(spec.name);
  }
  json::object out = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

// A table whose `type` says which other keys it takes.
template <class Row>
json::object choice_of(std::span<const Row> rows, std::span<const ParameterSpec> extra) {
  json::array alternatives;
  for (const auto& row : rows) {
    auto specs = row_keys(row, extra);
    specs.push_back(text("type").required().one_of({row.name}).means(row.meaning));
    alternatives.push_back(table_of(specs));
  }
  return {{"oneOf", std::move(alternatives)}};
}

json::object section_schema(const Section& section) {
  if (section.name == "optimizer") return choice_of(optimizers(), common_optimizer_parameters());
  if (section.name == "schedule") {
    auto out = choice_of(schedules(), schedule_section_keys());
    for (auto& one : out["oneOf"].as_array()) {
      auto& properties = one.as_object()["properties"].as_object();
      properties["warmup"] = table_of(warmup_parameters());
      properties["cooldown"] = table_of(cooldown_keys());
    }
    return out;
  }
  auto keys = section.keys;
  keys.insert(keys.end(), section.later.begin(), section.later.end());
  auto out = table_of(keys);
  if (section.name == "learner") {
    auto& properties = out["properties"].as_object();
    properties["guard"] = table_of(guard_keys());
    properties["plateau_bump"] = table_of(plateau_bump_keys());
  }
  if (section.name == "model") out["properties"].as_object()["layers"] = array_of(table_of(model_layer_keys()));
  if (section.name == "drift") {
    auto& properties = out["properties"].as_object();
    properties["detectors"] = array_of(choice_of(detectors(), detector_section_keys()));
    properties["trial"] = table_of(trial_keys());
    auto row = table_of(response_keys());
    row["properties"].as_object()["cycle"] = table_of(cycle_keys());
    json::object rows;
    for (const auto* name : {"mild", "moderate", "extreme", "gradual", "recurring", "burst"}) rows[name] = row;
    properties["responses"] = json::object{{"type", "object"}, {"properties", std::move(rows)}, {"additionalProperties", false}};
  }
  out["description"] = section.meaning;
  return out;
}

}  // namespace

json::object configuration_json_schema() {
  json::object properties;
  for (const auto& one : sections()) {
    if (!one.name.empty()) {
      properties[one.name] = section_schema(one);
      continue;
    }
    for (const auto& key : one.keys) properties[key.name] = described(key);
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "rekindle configuration"},
          {"type", "object"},
          {"properties", std::move(properties)},
          {"additionalProperties", false},
          {"required", json::array{"source", "schema"}}};
}

}  // namespace rekindle
