// The status of the daemon as JSON: what /status, /incidents, /readyz and the command line print.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "data/incident.hpp"
#include "data/predictor.hpp"
#include "data/status.hpp"

namespace rekindle {

// Field names are a contract. Unknown values are null; print with `json_text`.
[[nodiscard]] boost::json::object incident_json(const Incident& incident);
// {name: {"lr", "weight"}}
[[nodiscard]] boost::json::object members_json(const std::vector<MemberStatus>& members);
// What became of labels that came in records of their own; counts and what waits.
[[nodiscard]] boost::json::object late_labels_json(const LateLabelStatus& labels);
[[nodiscard]] boost::json::array incidents_json(const StatusSnapshot& status);  // The newest last.

// [{"feature", "norm", "weights"}]
[[nodiscard]] boost::json::array input_weights_json(const std::vector<InputWeight>& inputs);

// `now_seconds` since 1970, for the uptime. Incidents are only counted here: they have a route of their own.
[[nodiscard]] boost::json::object status_json(const StatusSnapshot& status, double now_seconds);

// Among the reasons why a daemon is not ready.
inline constexpr const char* paused_by_command = "paused by command";
[[nodiscard]] bool is_paused(const StatusSnapshot& status);

// {"ready": true} or {"ready": false, "reasons": [...]}; with "paused": true where an operator paused it. That is no reason to be
// not ready: it predicts and can be told to go on, which a load balancer that takes it away would prevent.
[[nodiscard]] boost::json::object readiness_json(const StatusSnapshot& status);

}  // namespace rekindle
