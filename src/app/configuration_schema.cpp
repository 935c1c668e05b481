#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "app/checker.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

void Checker::schema(Configuration& configuration) {
  auto& out = configuration.learner.schema;
  if (table_.find("schema") == nullptr) return;
  const auto p = checked("schema");
  if (p.has("task")) {
    const auto& task = p.string("task");
    out.task = task == "regression" ? Task::regression : (task == "binary" ? Task::binary : Task::multiclass);
  }
  if (p.has("label")) out.label = p.string("label");
  if (p.has("features")) out.features = p.strings("features");
  if (p.has("max_classes")) out.max_classes = static_cast<std::size_t>(p.integer("max_classes"));
  for (const auto& [name, field] :
       {std::pair("weight", &out.weight), {"id", &out.id}, {"time", &out.time}, {"offset", &out.offset}, {"incumbent", &out.incumbent}}) {
    if (p.has(name)) *field = p.string(name);
  }
  if (p.has("categorical")) out.categorical = p.strings("categorical");
  if (p.has("missing")) missing(*p.find("missing"), out);
  if (p.has("classes")) classes(*p.find("classes"), out);
  if (p.has("features")) feature_names(*p.find("features"), out);
  if (p.has("categorical")) categorical(*p.find("categorical"), out);
  roles(p);
  if (p.has("offset") && out.task == Task::multiclass && p.has("task"))
    error(p.find("offset")->place, "schema.offset", "is one number: it goes with regression or binary, not with multiclass");
  late_labels(p, configuration);
}

// A field has one role.
void Checker::roles(const Parameters& p) {
  std::map<std::string, std::string> taken;
  for (const std::string role : {"label", "weight", "id", "time", "offset", "incumbent"}) {
    const auto* field = p.find(role);
    if (field == nullptr) continue;
    if (field->string()->empty()) error(field->place, "schema." + role, "must not be empty");
    const auto [other, is_new] = taken.emplace(*field->string(), role);
    if (!is_new) error(field->place, "schema." + role, fmt::format("{} is the {} already", quoted(*field->string()), other->second));
  }
}

void Checker::feature_names(const Value& value, const Schema& schema) {
  const auto& names = *value.array();
  if (names.empty()) error(value.place, "schema.features", "must name at least one field, or be left out");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = *names[i].string();
    const auto same = [&](const Value& one) { return *one.string() == name; };
    if (std::ranges::any_of(std::span(names).first(i), same))
      error(names[i].place, "schema.features", fmt::format("{} is there twice", quoted(name)));
    if (is_named_otherwise(schema, name))
      error(names[i].place, "schema.features", fmt::format("{} has another role in this schema", quoted(name)));
  }
}

void Checker::classes(const Value& value, Schema& out) {
  const auto bad = [&](const std::string& message) { error(value.place, "schema.classes", message); };
  if (out.task == Task::regression) return bad("a regression has no classes");
  if (const auto* count = value.integer()) {
    if (*count < 2 || *count > static_cast<std::int64_t>(out.max_classes))
      return bad(fmt::format("must be between 2 and max_classes, got {}", *count));
    for (std::int64_t k = 0; k < *count; ++k) out.classes.push_back(fmt::format("{}", k));
  } else if (const auto* names = value.array()) {
    for (const auto& one : *names) out.classes.push_back(one.string() != nullptr ? *one.string() : one.text());
    if (names->size() < 2) return bad("must name at least two classes");
    if (names->size() > out.max_classes) return bad(fmt::format("must be at most max_classes, got {}", names->size()));
    if (const auto twice = first_twice(out.classes); !twice.empty()) return bad(fmt::format("{} is there twice", quoted(twice)));
  } else {
    return bad("must be a list of names, or how many");
  }
  if (out.task == Task::binary && out.classes.size() != 2) bad(fmt::format("a binary task has two classes, got {}", out.classes.size()));
}

std::string Checker::first_twice(std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  return twice == names.end() ? "" : *twice;
}

}  // namespace rekindle
