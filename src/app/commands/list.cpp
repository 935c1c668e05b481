#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <map>

#include "app/commands/command.hpp"
#include "connectors/decode/registry.hpp"
#include "connectors/generate/drifting.hpp"
#include "drift/detector.hpp"
#include "http/json_text.hpp"
#include "model/loss.hpp"
#include "optimizer/optimizer.hpp"
#include "schedule/schedule.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

// A registry row, whatever its family.
struct Listed {
  std::string name;
  std::string meaning;
  std::vector<ParameterSpec> parameters;
};

template <class Row>
std::vector<Listed> listed(std::span<const Row> rows, std::span<const ParameterSpec> common = {}) {
  std::vector<Listed> out;
  for (const auto& row : rows) out.push_back({row.name, row.meaning, row_keys(row, common)});
  return out;
}

const std::map<std::string, std::vector<Listed>>& families() {
  static const std::map<std::string, std::vector<Listed>> all = {
      {"schedules", listed(schedules())}, {"optimizers", listed(optimizers())},
      {"losses", listed(losses())},       {"detectors", listed(detectors())},
      {"formats", listed(formats())},     {"generators", listed(generators(), common_generator_parameters())},
  };
  return all;
}

std::string default_of(const ParameterSpec& spec) {
  if (spec.is_required) return "!";
  return spec.fallback ? "=" + Value(*spec.fallback).text() : "";
}

void print_family(const std::string& name, const std::vector<Listed>& rows) {
  fmt::print("{}\n", name);
  for (const auto& row : rows) {
    fmt::print("  {:<16} {}\n", row.name, row.meaning);
    for (const auto& spec : row.parameters) {
      const auto bounds = spec.bounds();
      fmt::print("    {:<32} {}{}\n", spec.name + default_of(spec), spec.meaning, bounds.empty() ? "" : fmt::format(" ({})", bounds));
    }
  }
}

json::array as_json(const std::vector<Listed>& rows) {
  json::array out;
  for (const auto& row : rows) {
    json::array parameters;
    for (const auto& spec : row.parameters) {
      json::object one = {{"name", spec.name}, {"required", spec.is_required}, {"meaning", spec.meaning}, {"bounds", spec.bounds()}};
      if (spec.fallback) one["default"] = Value(*spec.fallback).text();
      parameters.push_back(std::move(one));
    }
    out.push_back(json::object{{"name", row.name}, {"meaning", row.meaning}, {"parameters", std::move(parameters)}});
  }
  return out;
}

// A cell of a table: a bar would end it.
std::string cell(std::string text) {
  for (auto at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

void print_markdown(const std::string& name, const std::vector<Listed>& rows) {
  fmt::print("\n## {}{}\n", static_cast<char>(std::toupper(static_cast<unsigned char>(name[0]))), name.substr(1));
  for (const auto& row : rows) {
    fmt::print("\n### `{}`\n\n{}\n", row.name, cell(row.meaning));
    if (row.parameters.empty()) continue;
    fmt::print("\n| parameter | default | bounds | meaning |\n|---|---|---|---|\n");
    for (const auto& spec : row.parameters) {
      const auto fallback = spec.fallback ? fmt::format("`{}`", Value(*spec.fallback).text()) : std::string();
      fmt::print("| `{}` | {} | {} | {} |\n", spec.name, spec.is_required ? "required" : cell(fallback), cell(spec.bounds()),
                 cell(spec.meaning));
    }
  }
}

enum class ListForm : std::uint8_t { text, json, markdown };

Status list(const std::string& what, ListForm form) {
  json::object document;
  if (form == ListForm::markdown) {
    fmt::print("# Reference\n\nWritten by `rekindle list --markdown` from the rows that the program checks a configuration with.\n");
  }
  for (const auto& [name, rows] : families()) {
    if (!what.empty() && what != name) continue;
    if (form == ListForm::json) document[name] = as_json(rows);
    if (form == ListForm::text) print_family(name, rows);
    if (form == ListForm::markdown) print_markdown(name, rows);
  }
  if (form == ListForm::json) fmt::print("{}\n", json_text(document));
  return {};
}

}  // namespace

void add_list(CLI::App& app, CommandAction& chosen) {
  auto* command =
      app.add_subcommand("list", "Schedules, optimizers, losses, detectors, formats and generators, with their parameters (! = required)");
  command->footer("Examples:\n  rekindle list\n  rekindle list schedules\n  rekindle list detectors --json");
  auto what = std::make_shared<std::string>();
  auto with_json = std::make_shared<bool>(false);
  auto with_markdown = std::make_shared<bool>(false);
  std::vector<std::string> names;
  for (const auto& [name, rows] : families()) names.push_back(name);
  command->add_option("what", *what, "One family only")->check(CLI::IsMember(names));
  auto* json_flag = command->add_flag("--json", *with_json, "As one JSON document");
  command->add_flag("--markdown", *with_markdown, "As the tables of docs/reference.md")->excludes(json_flag);
  command->callback([=, &chosen] {
    const auto form = *with_json ? ListForm::json : (*with_markdown ? ListForm::markdown : ListForm::text);
    chosen = [=] { return list(*what, form); };
  });
}

}  // namespace rekindle
