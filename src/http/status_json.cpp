#include "http/status_json.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "data/cluster_status.hpp"
#include "http/json_text.hpp"

namespace rekindle {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value time_or_null(double seconds) { return seconds > 0 ? json_number(seconds) : json::value(nullptr); }

template <class Integer>
json::value integer_or_null(const std::optional<Integer>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

template <class Names, class Counts>
json::object counts_json(const Names& names, const Counts& counts) {
  json::object out;
  for (std::size_t i = 0; i < names.size(); ++i) out.emplace(std::string_view(names[i]), counts[i]);
  return out;
}

json::object metrics_json(const LearnerStatus& learner) {
  json::object out;
  for (const auto& [name, value] : learner.metrics) out.emplace(name, json_number(value));
  return out;
}

json::object health_json(const LearnerStatus& learner) {
  json::array layers;
  for (const auto& one : learner.layers) {
    layers.push_back(json::object{{"name", one.name},
                                  {"lr", json_number(one.lr)},
                                  {"weight_norm", json_number(one.weight_norm)},
                                  {"gradient_norm", json_number(one.gradient_norm)},
                                  {"update_to_weight", json_number(one.update_to_weight)}});
  }
  return {{"verdict", text_or_null(learner.health.verdict)},
          {"cause", text_or_null(learner.health.cause)},
          {"remedy", text_or_null(learner.health.remedy)},
          {"signs", json_strings(learner.health.signs)},
          {"baseline_loss", json_number(learner.baseline_loss)},
          {"forgetting_loss", json_number(learner.forgetting_loss)},
          {"calibration_error", json_number(learner.calibration_error)},
          {"loss_dispersion", json_number(learner.loss_dispersion)},
          {"loss_sign_changes", json_number(learner.loss_sign_changes)},
          {"since_best_loss", learner.since_best_loss},
          {"layers", std::move(layers)}};
}

json::array detectors_json(const LearnerStatus& learner) {
  json::array out;
  for (const auto& one : learner.detectors) {
    out.push_back(json::object{{"name", one.name},
                               {"statistic", json_number(one.statistic)},
                               {"warning", one.warning},
                               {"warnings", one.warnings},
                               {"detections", counts_json(severity_names, one.detections)}});
  }
  return out;
}

void add_counters(const LearnerStatus& learner, json::object& out) {
  out["samples"] = learner.samples;
  out["labelled"] = learner.labelled;
  out["learned"] = learner.learned;
  out["predicted_only"] = learner.predicted_only;
  out["held_out"] = learner.held_out;
  out["rejected"] = learner.rejected;
  out["updates"] = learner.updates;
  out["nonfinite_updates"] = learner.nonfinite_updates;
  out["restarts"] = learner.restarts;
  out["restarts_by_reason"] = counts_json(restart_reason_names, learner.restarts_by_reason);
  out["resets"] = learner.resets;
  out["resets_by_reason"] = counts_json(reset_reason_names, learner.resets_by_reason);
  out["replacements"] = learner.replacements;
  out["rollbacks"] = learner.rollbacks;
  out["divergences"] = learner.divergences;
  out["plateau_bumps"] = learner.plateau_bumps;
  out["responses"] = counts_json(response_names, learner.responses);
}

json::object learner_json(const LearnerStatus& learner) {
  json::object out{{"mode", learner.mode}, {"task", learner.task}};
  add_counters(learner, out);
  out["lr"] = json_number(learner.lr);
  out["pinned"] = json_number(learner.pinned);
  if (!learner.members.empty()) out["members"] = members_json(learner.members);
  out["schedule"] = {{"step", json_number(learner.schedule_step)}, {"cycle", json_number(learner.schedule_cycle)}};
  out["loss"] = {{"fast", json_number(learner.loss_fast)}, {"slow", json_number(learner.loss_slow)}};
  out["validation_loss"] = {{"fast", json_number(learner.validation_loss_fast)}, {"slow", json_number(learner.validation_loss_slow)}};
  out["health"] = health_json(learner);
  out["error"] = {{"fast", json_number(learner.error_fast)}, {"slow", json_number(learner.error_slow)}};
  out["gradient_norm"] = json_number(learner.gradient_norm);
  out["metrics"] = metrics_json(learner);
  out["detectors"] = detectors_json(learner);
  out["incidents_total"] = learner.incidents_total;
  out["last_drift_seconds"] = time_or_null(learner.last_drift_seconds);
  out["classes"] = json_strings(learner.classes);
  out["features"] = learner.features.size();
  if (learner.late_labels) out["late_labels"] = late_labels_json(*learner.late_labels);
  return out;
}

json::object source_json(const SourceStatus& source) {
  json::array partitions;
  for (const auto& one : source.partitions) {
    partitions.push_back(json::object{{"topic", one.topic},
                                      {"partition", one.partition},
                                      {"next", one.next},
                                      {"lag_records", integer_or_null(one.lag_records)},
                                      {"lag_seconds", json_number(one.lag_seconds)}});
  }
  return {{"type", source.type},
          {"connected", source.connected},
          {"problem", text_or_null(source.problem)},
          {"caught_up", source.caught_up},
          {"rebalances", source.rebalances},
          {"losses", source.losses},
          {"lost_records", source.lost_records},
          {"loss", text_or_null(source.loss)},
          {"skipped", counts_json(lag_policy_names, source.skipped)},
          {"dead_letters", counts_json(reject_reason_names, source.dead_letters)},
          {"partitions", std::move(partitions)}};
}

json::object output_json(const OutputStatus& output) {
  json::object out;
  for (std::size_t i = 0; i < output_names.size(); ++i) {
    out[output_names[i]] = json::object{{"records", output.records[i]}, {"bytes", output.bytes[i]}, {"errors", output.errors[i]}};
  }
  return out;
}

json::object checkpoint_json(const CheckpointStatus& checkpoint) {
  return {{"saved", checkpoint.saved},
          {"failures", checkpoint.failures},
          {"bytes", checkpoint.bytes},
          {"last_success_seconds", time_or_null(checkpoint.last_success_seconds)},
          {"last_error", text_or_null(checkpoint.last_error)}};
}

// Enough for a mean; the buckets are for /metrics.
json::object duration_json(const HistogramData& data) {
  std::uint64_t count = 0;
  for (const auto bucket : data.buckets) count += bucket;
  return {{"count", count}, {"mean_seconds", count == 0 ? json::value(nullptr) : json_number(data.sum / static_cast<double>(count))}};
}

json::object cluster_json(const ClusterStatus& cluster) {
  json::array tasks;
  for (const auto& one : cluster.tasks) {
    tasks.push_back(json::object{{"topic", one.topic},
                                 {"partition", one.partition},
                                 {"learned", one.learned},
                                 {"round", one.round},
                                 {"version", one.version},
                                 {"lr", json_number(one.lr)}});
  }
  return {{"instance", cluster.instance},
          {"leader", cluster.leader},
          {"term", cluster.term},
          {"generation", cluster.generation},
          {"round", cluster.round},
          {"version", cluster.version},
          {"global_step", cluster.global_step},
          {"lr", json_number(cluster.lr)},
          {"live_workers", cluster.live_workers},
          {"elections", cluster.elections},
          {"incidents", counts_json(incident_scope_names, cluster.incidents)},
          {"changes", counts_json(change_fate_names, cluster.changes)},
          {"published", cluster.published},
          {"adopted", cluster.adopted},
          {"ignored", cluster.ignored},
          {"aborted", cluster.aborted},
          {"tasks", std::move(tasks)}};
}

}  // namespace

json::object late_labels_json(const LateLabelStatus& labels) {
  auto out = counts_json(late_label_names, labels.labels);
  for (std::size_t i = 0; i < unlabelled_names.size(); ++i) out[unlabelled_names[i]] = labels.unlabelled[i];
  out["waiting"] = labels.waiting;
  out["early"] = labels.early;
  out["bytes"] = labels.bytes;
  std::uint64_t matched = 0;
  for (const auto count : labels.delays) matched += count;
  out["mean_delay_seconds"] = matched == 0 ? json::value(nullptr) : json_number(labels.delay_sum_seconds / static_cast<double>(matched));
  return out;
}

json::object members_json(const std::vector<MemberStatus>& members) {
  json::object out;
  for (const auto& one : members) out[one.name] = json::object{{"lr", json_number(one.lr)}, {"weight", json_number(one.weight)}};
  return out;
}

json::array input_weights_json(const std::vector<InputWeight>& inputs) {
  json::array out;
  for (const auto& one : inputs) {
    json::object input{{"feature", one.feature}, {"norm", json_number(one.norm)}};
    json::array weights;
    for (const double weight : one.weights) weights.push_back(json_number(weight));
    if (!weights.empty()) input["weights"] = std::move(weights);
    out.push_back(std::move(input));
  }
  return out;
}

json::object incident_json(const Incident& incident) {
  return {{"id", incident.id},
          {"sample", incident.sample},
          {"time_ms", incident.time_ms},
          {"detector", incident.detector},
          {"severity", incident.severity},
          {"kind", incident.kind},
          {"response", incident.response},
          {"statistic", json_number(incident.statistic)},
          {"mean_before", json_number(incident.mean_before)},
          {"mean_after", json_number(incident.mean_after)},
          {"size", json_number(incident.size)},
          {"signal", incident.signal},
          {"values_before", json_number(incident.values_before)},
          {"values_after", json_number(incident.values_after)},
          {"p", json_number(incident.p)},
          {"lr_before", json_number(incident.lr_before)},
          {"lr_after", json_number(incident.lr_after)},
          {"loss_before", json_number(incident.loss_before)},
          {"loss_peak", json_number(incident.loss_peak)},
          {"recovered_after", integer_or_null(incident.recovered_after)},
          {"rolled_back", incident.rolled_back},
          {"tried", text_or_null(incident.tried)},
          {"loss_served", json_number(incident.loss_served)},
          {"loss_without_response", json_number(incident.loss_without_response)},
          {"forgetting_loss", json_number(incident.forgetting_loss)}};
}

json::array incidents_json(const StatusSnapshot& status) {
  json::array out;
  for (const auto& one : status.learner.incidents) out.push_back(incident_json(one));
  return out;
}

json::object status_json(const StatusSnapshot& status, double now_seconds) {
  const bool started = status.started_seconds > 0;
  json::object out{{"version", status.version},
                   {"commit", status.commit},
                   {"started_seconds", time_or_null(status.started_seconds)},
                   {"uptime_seconds", started ? json_number(std::max(0.0, now_seconds - status.started_seconds)) : json::value(nullptr)},
                   {"stopping", status.stopping},
                   {"paused", is_paused(status)}};
  out["readiness"] = readiness_json(status);
  out["learner"] = learner_json(status.learner);
  out["source"] = source_json(status.source);
  out["output"] = output_json(status.output);
  out["checkpoint"] = checkpoint_json(status.checkpoint);
  out["durations"] = {{"sample", duration_json(status.sample_duration)}, {"checkpoint", duration_json(status.checkpoint_duration)}};
  if (status.cluster) out["cluster"] = cluster_json(*status.cluster);
  return out;
}

bool is_paused(const StatusSnapshot& status) { return std::ranges::find(status.not_ready, paused_by_command) != status.not_ready.end(); }

json::object readiness_json(const StatusSnapshot& status) {
  json::array reasons;
  for (const auto& one : status.not_ready) {
    if (one != paused_by_command) reasons.emplace_back(one);
  }
  if (status.stopping) reasons.emplace_back("stopping");
  json::object out{{"ready", reasons.empty()}};
  if (!reasons.empty()) out["reasons"] = std::move(reasons);
  if (is_paused(status)) out["paused"] = true;
  return out;
}

}  // namespace rekindle
