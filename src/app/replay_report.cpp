#include "app/replay_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/event_name.hpp"
#include "app/report_file.hpp"
#include "app/strong_inputs.hpp"
#include "app/version.hpp"
#include "http/json_text.hpp"
#include "http/status_json.hpp"

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

// Their weights where the first layer has few outputs, and the norm over all outputs.
json::object weights_json(const Learner& learner) {
  const auto strong = strong_inputs(learner.champion().tensors(), input_names(learner), most_weights);
  if (strong.tensor.empty()) return {};
  return {{"tensor", strong.tensor},
          {"outputs", strong.outputs},
          {"named", strong.named},
          {"unnamed", strong.unnamed},
          {"scale", to_string(learner.scaler().kind())},
          {"top", input_weights_json(strong.top)}};
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
