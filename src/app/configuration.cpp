#include "app/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "app/checker.hpp"
#include "app/toml.hpp"
#include "base/suggest.hpp"

namespace rekindle {

namespace {
const Table empty_table;
}

Configuration Checker::run() {
  check_section_names();
  Configuration out;
  top(out);
  source(out);
  kafka(out);
  schema(out);
  out.learner.seed = out.seed;
  preprocess(out);
  model(out.learner);
  learner(out.learner);
  optimizer_and_schedule(out.learner);
  layers(out.learner.member);
  drift(out.learner);
  fits_memory(out);
  checkpoint(out.checkpoint);
  output(out);
  http(out.http);
  cluster(out);
  out.text = effective_.str();
  out.file = file_;
  out.given = table_;
  return out;
}

void Checker::check_section_names() {
  std::vector<std::string> names;
  for (const auto& one : sections()) names.push_back(one.name);
  for (const auto& key : section("").keys) names.push_back(key.name);
  for (const auto& entry : table_.entries()) {
    const bool is_section = std::ranges::find(sections(), entry.key, &Section::name) != sections().end();
    if (is_section && entry.value.table() == nullptr) error(entry.value.place, entry.key, "must be a section");
    if (std::ranges::find(names, entry.key) != names.end()) continue;
    const auto* kind = entry.value.table() != nullptr ? "unknown section" : "unknown key";
    error(entry.key_place, entry.key, kind + did_you_mean(entry.key, names));
  }
  for (const auto* name : {"source", "schema"}) {
    if (table_.find(name) == nullptr) error({file_, 0, 0}, name, "this section is required");
  }
}

void Checker::error(const Place& place, const std::string& key, const std::string& message) { diagnostics_.error(place, key, message); }

const Table& Checker::sub(const std::string& name) const {
  const auto* entry = table_.find(name);
  const auto* found = entry == nullptr ? nullptr : entry->value.table();
  return found == nullptr ? empty_table : *found;
}

Place Checker::place_of(const std::string& name) const {
  const auto* entry = table_.find(name);
  return entry == nullptr ? Place{file_, 0, 0} : entry->key_place;
}

// Keys of a later version: their default may stand there, nothing else.
Table Checker::without_later(const std::string& name, const Table& given) {
  Table rest;
  for (const auto& entry : given.entries()) {
    const auto& later = section(name).later;
    const auto spec = std::ranges::find(later, entry.key, &ParameterSpec::name);
    if (spec == later.end()) {
      rest.set(entry.key, entry.value, entry.key_place);
      continue;
    }
    Table one;
    one.set(entry.key, entry.value, entry.key_place);
    Diagnostics ignored;
    const auto read = check_parameters({&*spec, 1}, one, name, ignored);
    const bool is_default = spec->fallback && read.has(entry.key) && read.find(entry.key)->text() == Value(*spec->fallback).text();
    if (!is_default) error(entry.key_place, name + "." + entry.key, "is not available in this version yet");
  }
  return rest;
}

Parameters Checker::checked(const std::string& name) {
  auto result = check_parameters(section(name).keys, without_later(name, sub(name)), name, diagnostics_, place_of(name));
  if (name != "kafka") describe(name, result.table());
  return result;
}

// In a form that reads back: what was kept as seconds is written as the duration it was.
void Checker::describe(const std::string& name, const Table& table) {
  effective_ << "[" << name << "]\n";
  const auto& specs = section(name).keys;
  for (const auto& entry : table.entries()) {
    const auto spec = std::ranges::find(specs, entry.key, &ParameterSpec::name);
    const bool duration = spec != specs.end() && spec->kind == ParameterKind::duration;
    effective_ << entry.key << " = " << (duration ? fmt::format("\"{}s\"", *entry.value.number()) : entry.value.text()) << "\n";
  }
}

void Checker::top(Configuration& out) {
  Table keys;
  for (const auto& entry : table_.entries()) {
    const auto& specs = section("").keys;
    if (std::ranges::find(specs, entry.key, &ParameterSpec::name) != specs.end()) keys.set(entry.key, entry.value, entry.key_place);
  }
  const auto p = check_parameters(section("").keys, keys, "", diagnostics_);
  for (const auto& entry : p.table().entries()) effective_ << entry.key << " = " << entry.value.text() << "\n";
  if (p.has("seed")) out.seed = static_cast<std::uint64_t>(p.integer("seed"));
  if (p.has("memory_limit")) out.memory_limit = p.integer("memory_limit");
  if (p.has("log_level")) out.log_level = p.string("log_level");
  if (p.has("log_format")) out.log_format = p.string("log_format");
}

namespace {

// "REKINDLE__DRIFT__POLICY" -> "drift.policy". Names are matched whatever their case, because T_0 has a capital.
std::string path_of(std::string_view variable) {
  std::string path;
  variable.remove_prefix(std::string_view("REKINDLE__").size());
  for (std::size_t i = 0; i < variable.size(); ++i) {
    if (variable.substr(i).starts_with("__")) {
      path += '.';
      ++i;
    } else {
      path += static_cast<char>(std::tolower(static_cast<unsigned char>(variable[i])));
    }
  }
  const auto dot = path.find('.');
  if (path.starts_with("schedule.t_")) path[dot + 1] = 'T';
  return path;
}

}  // namespace

Configuration check_configuration(const Table& table, const std::string& file, Diagnostics& diagnostics) {
  return Checker(table, file, diagnostics).run();
}

Configuration load_configuration(const ConfigurationInput& input, Diagnostics& diagnostics) {
  auto table = read_toml_file(input.file, diagnostics);
  if (diagnostics.failed()) return {};
  for (const auto& [name, value] : input.environment) set_path(table, path_of(name), read_toml_value(value, name));
  for (const auto& [key, value] : input.flags) set_path(table, key, read_toml_value(value, "--set " + key));
  return check_configuration(table, input.file, diagnostics);
}

}  // namespace rekindle
