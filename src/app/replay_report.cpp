#include "app/replay_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/event_name.hpp"
#include "app/report_file.hpp"
#include "app/version.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

constexpr std::size_t most_marks = 500;
constexpr std::size_t most_weights = 30;

// What a chart marks; an incident's number is told by the table. Empty: nothing.
std::string_view mark_of(const Event& event) {
  const bool minor = std::holds_alternative<IncidentRecovered>(event) || std::holds_alternative<OptimizerReset>(event) ||
                     std::holds_alternative<UpdateSkipped>(event) || std::holds_alternative<ClassAdded>(event);
  return minor ? std::string_view() : event_name(event);
}

std::vector<std::string> input_names(const Learner& learner) {
  auto names = learner.features();
  for (const auto& name : learner.categories().names()) names.push_back(name);
  return names;
}

// The strongest inputs of the first layer: their weights where it has few outputs, and the norm over all outputs.
json::object weights_json(const Learner& learner) {
  constexpr std::size_t few_outputs = 12;
  const auto tensors = learner.champion().tensors();
  if (tensors.empty() || tensors.front().shape.size() != 2) return {};
  const auto& first = tensors.front();
  const auto outputs = first.shape[0];
  const auto inputs = first.shape[1];
  auto names = input_names(learner);
  names.resize(std::min(names.size(), inputs));  // Hashed coordinates have none.
  struct Row {
    std::size_t input;
    double norm;
  };
  std::vector<Row> rows;
  for (std::size_t j = 0; j < names.size(); ++j) {
    double squares = 0;
    for (std::size_t k = 0; k < outputs; ++k) squares += first.values[k * inputs + j] * first.values[k * inputs + j];
    rows.push_back({j, std::sqrt(squares)});
  }
  std::ranges::stable_sort(rows, std::greater<>(), &Row::norm);
  rows.resize(std::min(rows.size(), most_weights));
  json::array top;
  for (const auto& row : rows) {
    json::object one{{"feature", names[row.input]}, {"norm", json_number(row.norm)}};
    json::array each;
    for (std::size_t k = 0; k < outputs && outputs <= few_outputs; ++k) each.push_back(json_number(first.values[k * inputs + row.input]));
    if (!each.empty()) one["weights"] = std::move(each);
    top.push_back(std::move(one));
  }
  return {{"tensor", first.name},
          {"outputs", outputs},
          {"named", names.size()},
          {"unnamed", inputs - names.size()},
          {"scale", to_string(learner.scaler().kind())},
          {"top", std::move(top)}};
}

}  // namespace

void ReplayReport::observed(const Sample& /*sample*/, const Outcome& outcome, const Learner& learner) {
  const auto at = learner.counters().samples - 1;
  if (!learner.events().empty()) mark(learner, at);
  if (!outcome.labelled) return;
  if (std::isfinite(outcome.loss)) {
    fast_loss_.observe(outcome.loss);
    slow_loss_.observe(outcome.loss);
    fast_.observe(at, fast_loss_.value());
    slow_.observe(at, slow_loss_.value());
  }
  lr_.observe(at, outcome.lr);
  if (classifies_) {
    tables_.observe(learner.prediction(), outcome.target);
  } else if (std::isfinite(outcome.target)) {
    if (last_target_) last_target_squares_.observe((outcome.target - *last_target_) * (outcome.target - *last_target_));
    last_target_ = outcome.target;
  }
}

void ReplayReport::mark(const Learner& learner, std::uint64_t at) {
  for (const auto& event : learner.events()) {
    const auto type = mark_of(event);
    if (!type.empty() && marks_.size() < most_marks) marks_.push_back(json::object{{"sample", at}, {"type", type}});
  }
}

json::object ReplayReport::json(const Learner& learner, json::object summary, const std::string& recording,
                                const std::string& configuration) const {
  LearnerStatus status;
  learner.report(status);
  json::object out{
      {"kind", "replay"},
      {"program", fmt::format("rekindle {} ({})", version, commit)},
      {"recording", recording},
      {"task", status.task},
      {"mode", status.mode},
      {"summary", std::move(summary)},
      {"incidents_total", learner.incidents().total()},
      {"health", {{"verdict", status.health.verdict}, {"cause", status.health.cause}, {"remedy", status.health.remedy}}},
      {"curves", {{"loss_fast", curve_json(fast_.points())}, {"loss_slow", curve_json(slow_.points())}, {"lr", curve_json(lr_.points())}}},
      {"marks", marks_},
      {"weights", weights_json(learner)},
      {"configuration", configuration}};
  if (classifies_) {
    out["confusion"] = tables_.confusion_json(learner.classes());
    out["calibration"] = tables_.calibration_json();
  } else if (last_target_squares_.count() > 0) {
    out["no_change_rmse"] = json_number(std::sqrt(last_target_squares_.value()));
  }
  return out;
}

}  // namespace rekindle
