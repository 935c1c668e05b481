#include "app/event_json.hpp"

#include <fmt/format.h>

#include "http/json_text.hpp"
#include "http/status_json.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

template <class RateChange>
json::object rates(const RateChange& event) {
  return {{"sample", event.sample}, {"lr_before", json_number(event.lr_before)}, {"lr_after", json_number(event.lr_after)}};
}

template <class RateChange>
json::object rates(const RateChange& event, const char* name, const std::string& value) {
  auto out = rates(event);
  out[name] = value;
  return out;
}

struct Visitor {
  NamedEvent operator()(const IncidentOpened& event) const { return {"incident", incident_json(event.incident)}; }
  NamedEvent operator()(const IncidentRecovered& event) const { return {"recovered", incident_json(event.incident)}; }
  NamedEvent operator()(const LearningRateRestarted& event) const { return {"restart", rates(event, "reason", event.reason)}; }
  NamedEvent operator()(const OptimizerReset& event) const {
    return {"reset", {{"sample", event.sample}, {"reason", event.reason}, {"fraction", json_number(event.fraction)}}};
  }
  NamedEvent operator()(const UpdateSkipped& event) const {
    return {"update_skipped", {{"sample", event.sample}, {"lr", json_number(event.lr)}}};
  }
  NamedEvent operator()(const ClassAdded& event) const {
    return {"class_added", {{"sample", event.sample}, {"name", event.name}, {"index", event.index}}};
  }
  NamedEvent operator()(const Diverged& event) const {
    auto out = rates(event);
    out["rolled_back"] = event.rolled_back;
    out["held"] = event.held;
    return {"diverged", std::move(out)};
  }
  NamedEvent operator()(const PlateauMet& event) const { return {event.is_bump() ? "plateau_bump" : "plateau", rates(event)}; }
  NamedEvent operator()(const LearningRateCommanded& event) const { return {"rate_commanded", rates(event, "command", event.command)}; }
  NamedEvent operator()(const ResponseRolledBack& event) const { return {"rolled_back", rates(event, "reason", event.reason)}; }
  NamedEvent operator()(const ChampionReplaced& event) const { return {"replaced", rates(event, "by", event.by)}; }
};

}  // namespace

json::object position_json(const Position& position) {
  json::object topics;
  for (const auto& one : position.all()) {
    auto& partitions = topics[one.topic];
    if (!partitions.is_object()) partitions.emplace_object();
    partitions.get_object()[fmt::format("{}", one.partition)] = one.next;
  }
  return {{"position", std::move(topics)}};
}

NamedEvent event_json(const Event& event) { return std::visit(Visitor(), event); }

}  // namespace rekindle
