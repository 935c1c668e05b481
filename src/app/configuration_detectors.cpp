// `[[drift.detectors]]`: which detectors, and what each watches.
#include <fmt/format.h>

#include <algorithm>

#include "app/checker.hpp"
#include "drift/budget.hpp"

namespace rekindle {

namespace {

// A configured x names itself, its elements x[0], x[1] ... and, of a categorical field, x=a ...
bool covers(const std::string& configured, const std::string& feature) {
  if (!feature.starts_with(configured)) return false;
  return feature.size() == configured.size() || feature[configured.size()] == '[' || feature[configured.size()] == '=';
}

}  // namespace

void Checker::detectors(const Parameters& p, LearnerSpec& out) {
  Array tables;
  if (const auto* given = p.find("detectors")) tables = *given->array();
  if (tables.empty()) {
    Table adwin;
    adwin.set("type", Value(std::string("adwin")), {});
    tables.emplace_back(adwin);
  }
  // Each alarm counts, so that several detectors share the budget.
  const double budget = p.has("false_alarms_per_million") ? p.real("false_alarms_per_million") / static_cast<double>(tables.size()) : 0;
  for (std::size_t i = 0; i < tables.size(); ++i) detector(tables[i], fmt::format("drift.detectors[{}]", i), budget, out);
  if (out.drift.votes > tables.size() && p.written("votes")) {
    error(p.find("votes")->place, "drift.votes", fmt::format("must be at most the number of detectors, {}", tables.size()));
  }
}

void Checker::detector(const Value& given, const std::string& key, double budget, LearnerSpec& out) {
  const auto mistakes_before = diagnostics_.all().size();
  DetectorSpec spec;
  spec.detector = check_choice(rekindle::detectors(), detector_section_keys(), *given.table(), key, diagnostics_, given.place);
  if (spec.detector.row == nullptr || diagnostics_.all().size() != mistakes_before) return;
  detector_input(key, out.schema, spec);
  if (budget > 0) detector_threshold(key, budget, spec);
  const auto& type = spec.detector.row->name;
  auto& all = out.drift.detectors;
  const auto same = std::ranges::count_if(all, [&](const auto& one) { return one.detector.row->name == type; });
  spec.name = same == 0 ? type : fmt::format("{}_{}", type, same + 1);
  // Where it watches is no parameter of the detector itself.
  Parameters own;
  for (const auto& parameter : spec.detector.row->parameters) {
    if (const auto* value = spec.detector.parameters.find(parameter.name)) own.set(parameter.name, *value);
  }
  spec.detector.parameters = std::move(own);
  all.push_back(std::move(spec));
}

void Checker::detector_threshold(const std::string& key, double budget, DetectorSpec& out) {
  auto& p = out.detector.parameters;
  const auto threshold = threshold_for_budget(out.detector.row->name, budget);
  if (!threshold) {
    diagnostics_.warn(p.find("type")->place, key + ".type",
                      fmt::format("{} has no threshold that drift.false_alarms_per_million could set", out.detector.row->name));
    return;
  }
  if (p.written(threshold->parameter))
    diagnostics_.warn(p.find(threshold->parameter)->place, key + "." + threshold->parameter,
                      "is set by drift.false_alarms_per_million instead");
  p.set(threshold->parameter, Value(threshold->value));
}

void Checker::detector_input(const std::string& key, const Schema& schema, DetectorSpec& out) {
  const auto& p = out.detector.parameters;
  const auto& row = *out.detector.row;
  const auto* found = std::ranges::find(drift_input_names, p.string("on"));
  out.on = static_cast<DriftInput>(found - drift_input_names.begin());
  if (out.on == DriftInput::automatic && p.has("feature")) out.on = DriftInput::feature;
  const auto& place = p.find(p.written("on") ? "on" : "type")->place;
  const bool by_error = out.on == DriftInput::automatic || out.on == DriftInput::error;
  if (row.make.input == DetectorInput::zero_one && (!by_error || schema.task == Task::regression)) {
    error(place, key + (p.written("on") ? ".on" : ".type"),
          fmt::format("{} takes only 0 and 1, such as the error of a classification; adwin takes any number", row.name));
  } else if (row.make.input == DetectorInput::feature && out.on == DriftInput::automatic) {
    error(place, key + ".feature",
          fmt::format("is required: {} compares the values of a feature; or name what it watches with on", row.name));
  } else if (out.on == DriftInput::rank && schema.task != Task::binary) {
    error(place, key + ".on", "rank is only for a binary task");
  }
  const bool own_window = std::ranges::any_of(row.parameters, [](const auto& one) { return one.name == "window"; });
  if (!own_window && p.has("window")) out.rank_window = static_cast<std::uint64_t>(p.integer("window"));
  detector_feature(key, schema, out);
}

void Checker::detector_feature(const std::string& key, const Schema& schema, DetectorSpec& out) {
  const auto& p = out.detector.parameters;
  if (out.on != DriftInput::feature) {
    if (p.has("feature")) error(p.find("feature")->place, key + ".feature", "is only for on = \"feature\"");
    return;
  }
  if (!p.has("feature")) {
    error(p.find("on")->place, key + ".feature", "is required where on = \"feature\"");
    return;
  }
  out.feature = p.string("feature");
  const auto known = [&](const auto& one) { return covers(one, out.feature); };
  if (schema.features.empty() || std::ranges::any_of(schema.features, known)) return;
  error(p.find("feature")->place, key + ".feature",
        fmt::format("{} is not among schema.features{}", quoted(out.feature), did_you_mean(out.feature, schema.features)));
}

}  // namespace rekindle
