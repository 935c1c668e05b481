#include <fmt/format.h>

#include <algorithm>

#include "app/checker.hpp"
#include "base/suggest.hpp"
#include "data/status.hpp"

namespace rekindle {

namespace {

// Where a table named `name` puts its row; null: there is no such row.
Response* row_of(const std::string& name, ResponseTable& table) {
  for (std::size_t i = 0; i < table.by_severity.size(); ++i) {
    if (name == severity_names[i]) return &table.by_severity[i];
  }
  for (std::size_t i = 1; i < table.by_kind.size(); ++i) {
    if (name == drift_kind_names[i]) return &table.by_kind[i].emplace();
  }
  return nullptr;
}

}  // namespace

// A row that is there replaces the default one whole.
void Checker::responses(const Value& given, ResponseTable& out) {
  static const std::vector<std::string> names = {"mild", "moderate", "extreme", "gradual", "recurring", "burst"};
  for (const auto& entry : given.table()->entries()) {
    auto* row = row_of(entry.key, out);
    const auto key = "drift.responses." + entry.key;
    if (row == nullptr) {
      error(entry.key_place, key, "unknown key" + did_you_mean(entry.key, names));
    } else if (entry.value.table() == nullptr) {
      error(entry.value.place, key, "must be a table");
    } else {
      response(entry, *row);
    }
  }
}

void Checker::response(const Entry& given, Response& out) {
  const auto key = "drift.responses." + given.key;
  const auto mistakes = diagnostics_.all().size();
  const auto p = check_parameters(response_keys(), *given.value.table(), key, diagnostics_, given.value.place);
  if (diagnostics_.all().size() != mistakes) return;
  out = {};
  if (p.boolean("hold")) return;
  out.bump = p.real("bump");
  out.decay_stretch = p.real("decay_stretch");
  out.forget = p.real("forget");
  out.restart = p.boolean("restart");
  out.warmup = static_cast<double>(p.integer("warmup"));
  const std::vector<std::string> names(challenger_names.begin(), challenger_names.end());
  for (const auto& name : p.has("trial") ? p.strings("trial") : std::vector<std::string>{}) {
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) {
      error(p.find("trial")->place, key + ".trial",
            fmt::format("must be of {}, got {}{}", fmt::join(names, ", "), quoted(name), did_you_mean(name, names)));
      continue;
    }
    const auto kind = static_cast<Challenger>(at - names.begin());
    if (std::ranges::find(out.trial, kind) == out.trial.end()) out.trial.push_back(kind);
  }
  if (const auto* cycle = p.find("cycle")) {
    const auto c = check_parameters(cycle_keys(), *cycle->table(), key + ".cycle", diagnostics_, cycle->place);
    if (c.has("factor") && c.has("period")) out.cycle = RateCycle{c.real("factor"), static_cast<double>(c.integer("period"))};
  }
}

void Checker::trial(const Value& given, TrialSpec& out) {
  const auto p = check_parameters(trial_keys(), *given.table(), "drift.trial", diagnostics_, given.place);
  for (const auto& [name, field] : {std::pair("samples", &out.samples), {"earliest", &out.earliest}, {"memory", &out.memory}}) {
    if (p.has(name)) *field = static_cast<std::uint64_t>(p.integer(name));
  }
  if (p.has("fade")) out.fade = p.real("fade");
}

}  // namespace rekindle
