#include "metrics/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "metrics/series_points.hpp"

namespace rekindle {
namespace {
using enum SeriesType;

constexpr std::string_view first_duration = "rekindle_sample_duration_seconds";  // Behind what comes in and goes out.

template <std::optional<double> LearnerStatus::*Value>
Series known_gauge(const char* name, const char* help) {
  return {name, gauge, help, {}, [](const Readings& from, Points& to) { add_known(to, {}, from.status.learner.*Value); }};
}

// A table at namespace scope: one list to read from top to bottom, and nothing needs it before main.
const std::vector<Series> series_list = {
    // Learning
    {"rekindle_build_info",
     gauge,
     "Version and commit of this program; always 1.",
     {{"version", {}}, {"commit", {}}},
     [](const Readings& from, Points& to) {
       to.add({from.status.version, from.status.commit}, 1);
     }},
    {"rekindle_samples_total",
     counter,
     "Records that arrived, by what became of them.",
     {{"outcome", {"learned", "predicted_only", "held_out", "rejected"}}},
     [](const Readings& from, Points& to) {
       const auto& l = from.status.learner;
       to.add({"learned"}, real(l.learned));
       to.add({"predicted_only"}, real(l.predicted_only));
       to.add({"held_out"}, real(l.held_out));
       to.add({"rejected"}, real(l.rejected));
     }},
    {"rekindle_updates_total",
     counter,
     "Optimizer steps (mini-batches) carried out.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.learner.updates)); }},
    {"rekindle_nonfinite_updates_total",
     counter,
     "Updates skipped because the loss or the gradient was not finite.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.learner.nonfinite_updates)); }},
    {"rekindle_learning_rate",
     gauge,
     "Learning rate of the next update.",
     {{"member", {"champion", "anchor", "idbd_0.005", "idbd_0.01", "idbd_0.03", "idbd_0.1", "idbd_0.2", "rmsprop_0.04"}}},
     [](const Readings& from, Points& to) {
       if (from.status.learner.members.empty()) to.add({"champion"}, from.status.learner.lr);
       for (const auto& one : from.status.learner.members) to.add({one.name}, one.lr);
     }},
    {"rekindle_member_weight",
     gauge,
     "Share of a member in the predictions of the portfolio.",
     {{"member", {"anchor", "idbd_0.005", "idbd_0.01", "idbd_0.03", "idbd_0.1", "idbd_0.2", "rmsprop_0.04"}}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.members) to.add({one.name}, one.weight);
     }},
    {"rekindle_schedule_step",
     gauge,
     "Updates since the origin of the schedule, which a warm restart moves.",
     {},
     [](const Readings& from, Points& to) { to.add({}, from.status.learner.schedule_step); }},
    {"rekindle_schedule_cycle",
     gauge,
     "Cycle of the schedule, from 0.",
     {},
     [](const Readings& from, Points& to) { to.add({}, from.status.learner.schedule_cycle); }},
    {"rekindle_loss",
     gauge,
     "Moving mean of the loss of predictions made before the label was learned.",
     {{"set", {"train", "validation"}}, {"window", {"fast", "slow"}}},
     [](const Readings& from, Points& to) {
       add_known(to, {"train", "fast"}, from.status.learner.loss_fast);
       add_known(to, {"train", "slow"}, from.status.learner.loss_slow);
       add_known(to, {"validation", "fast"}, from.status.learner.validation_loss_fast);
       add_known(to, {"validation", "slow"}, from.status.learner.validation_loss_slow);
     }},
    known_gauge<&LearnerStatus::baseline_loss>("rekindle_baseline_loss",
                                               "Moving mean of the loss of the same learner at a constant rate, over the same samples."),
    known_gauge<&LearnerStatus::forgetting_loss>("rekindle_forgetting_loss", "Mean loss on samples from before the last drift."),
    {"rekindle_schedule_health",
     gauge,
     "1 for what the diagnostics make of the schedule, 0 for all else.",
     {{"verdict", texts(verdict_names)}},
     [](const Readings& from, Points& to) {
       const auto& verdict = from.status.learner.health.verdict;
       if (verdict.empty()) return;
       for (const auto* name : verdict_names) to.add({name}, verdict == name ? 1 : 0);
     }},
    known_gauge<&LearnerStatus::calibration_error>(
        "rekindle_calibration_error_ratio",
        "Expected calibration error: how far the probability of the named class is from the share that is right (classification)."),
    {"rekindle_error_ratio",
     gauge,
     "Moving share of wrong predictions (classification).",
     {{"window", {"fast", "slow"}}},
     [](const Readings& from, Points& to) {
       add_known(to, {"fast"}, from.status.learner.error_fast);
       add_known(to, {"slow"}, from.status.learner.error_slow);
     }},
    {"rekindle_gradient_norm",
     gauge,
     "Euclidean norm of the gradient of the latest update: of all layers together, before clipping, and of each layer.",
     {{"layer", {}}},
     [](const Readings& from, Points& to) {
       add_known(to, {"all"}, from.status.learner.gradient_norm);
       for (const auto& one : from.status.learner.layers) add_known(to, {one.name}, one.gradient_norm);
     }},
    {"rekindle_weight_norm",
     gauge,
     "Euclidean norm of the layer's weights.",
     {{"layer", {}}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.layers) to.add({one.name}, one.weight_norm);
     }},
    {"rekindle_update_to_weight_ratio",
     gauge,
     "Norm of the latest update over that of the layer's weights; healthy learning is near 0.001.",
     {{"layer", {}}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.layers) add_known(to, {one.name}, one.update_to_weight);
     }},
    {"rekindle_effective_learning_rate",
     gauge,
     "Learning rate of the layer: that of the champion times the layer's multiplier; 0 while frozen.",
     {{"layer", {}}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.layers) to.add({one.name}, one.lr);
     }},
    // Whole-stream scores. One name each, as adding up or averaging an accuracy and an error in units of the label has no meaning.
    {"rekindle_prequential_accuracy_ratio",
     gauge,
     "Share of right predictions over the whole stream: of the model, of repeating the last label, of the most frequent class, of the "
     "present system.",
     {{"predictor", {"model", "no_change", "majority", "incumbent"}}},
     [](const Readings& from, Points& to) {
       add_metric(to, from, {"model"}, "accuracy");
       add_metric(to, from, {"no_change"}, "no_change");
       add_metric(to, from, {"majority"}, "majority");
       add_metric(to, from, {"incumbent"}, "incumbent_accuracy");
     }},
    {"rekindle_prequential_kappa",
     gauge,
     "Cohen's kappa over the whole stream: 0 is chance, 1 is perfect.",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "kappa"); }},
    {"rekindle_prequential_loss",
     gauge,
     "Mean of the model's loss over the whole stream.",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "loss"); }},
    {"rekindle_prequential_log_loss",
     gauge,
     "Mean negative log likelihood (nats) over the whole stream.",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "log_loss"); }},
    {"rekindle_prequential_auc_ratio",
     gauge,
     "Area under the ROC curve over the whole stream (binary).",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "auc"); }},
    {"rekindle_prequential_rmse",
     gauge,
     "Root mean squared error over the whole stream, in units of the label (regression).",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "rmse"); }},
    {"rekindle_incumbent_rmse",
     gauge,
     "Root mean squared error of the present system's predictions over the whole stream (regression).",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "incumbent_rmse"); }},
    {"rekindle_prequential_mae",
     gauge,
     "Mean absolute error over the whole stream, in units of the label (regression).",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "mae"); }},
    {"rekindle_prequential_r2",
     gauge,
     "Share of the label's variance explained over the whole stream; may be negative (regression).",
     {},
     [](const Readings& from, Points& to) { add_metric(to, from, {}, "r2"); }},
    // Drift and what was done about it
    {"rekindle_drift_statistic",
     gauge,
     "Evidence for drift that the detector holds; its scale is the detector's own.",
     {{"detector", {}}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.detectors) to.add({one.name}, one.statistic);
     }},
    {"rekindle_drift_detections_total",
     counter,
     "Drifts detected.",
     {{"detector", {}}, {"severity", texts(severity_names)}},
     [](const Readings& from, Points& to) {
       for (const auto& one : from.status.learner.detectors) {
         for (std::size_t i = 0; i < severity_names.size(); ++i) to.add({one.name, severity_names[i]}, real(one.detections[i]));
       }
     }},
    {"rekindle_last_drift_timestamp_seconds",
     gauge,
     "When a drift was last detected, since 1970.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.learner.last_drift_seconds > 0) to.add({}, from.status.learner.last_drift_seconds);
     }},
    {"rekindle_responses_total",
     counter,
     "Responses to drift, from mild to extreme.",
     {{"response", texts(response_names)}},
     [](const Readings& from, Points& to) { add_counts(to, response_names, from.status.learner.responses); }},
    {"rekindle_rollbacks_total",
     counter,
     "Times that the learner went back to an earlier state: a response made it worse, or it diverged.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.learner.rollbacks)); }},
    {"rekindle_divergences_total",
     counter,
     "Times that the learner blew up and its learning rate was cut.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.learner.divergences)); }},
    {"rekindle_plateau_bumps_total",
     counter,
     "Raises of the learning rate because the loss stood still.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.learner.plateau_bumps)); }},
    {"rekindle_lr_restarts_total",
     counter,
     "Warm restarts of the learning-rate schedule.",
     {{"reason", texts(restart_reason_names)}},
     [](const Readings& from, Points& to) { add_counts(to, restart_reason_names, from.status.learner.restarts_by_reason); }},
    {"rekindle_optimizer_resets_total",
     counter,
     "Times that the optimizer forgot its moments.",
     {{"reason", texts(reset_reason_names)}},
     [](const Readings& from, Points& to) { add_counts(to, reset_reason_names, from.status.learner.resets_by_reason); }},
    // Durations and checkpoints
    {"rekindle_sample_duration_seconds",
     histogram,
     "Time to decode, predict, score and learn one record (one in 64 is measured).",
     {},
     [](const Readings& from, Points& to) { to.add(from.status.sample_duration, sample_duration_bounds); }},
    {"rekindle_predict_duration_seconds",
     histogram,
     "Time to decode and predict one sample for POST /predict.",
     {},
     [](const Readings& from, Points& to) { to.add(from.predict_duration, sample_duration_bounds); }},
    {"rekindle_checkpoint_duration_seconds",
     histogram,
     "Time to write one checkpoint until it is safe on disk.",
     {},
     [](const Readings& from, Points& to) { to.add(from.status.checkpoint_duration, checkpoint_duration_bounds); }},
    {"rekindle_checkpoint_last_success_timestamp_seconds",
     gauge,
     "When the last checkpoint became safe, since 1970.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.checkpoint.last_success_seconds > 0) to.add({}, from.status.checkpoint.last_success_seconds);
     }},
    {"rekindle_checkpoint_bytes",
     gauge,
     "Size of the last checkpoint.",
     {},
     [](const Readings& from, Points& to) {
       if (from.status.checkpoint.bytes > 0) to.add({}, real(from.status.checkpoint.bytes));
     }},
    {"rekindle_checkpoint_failures_total",
     counter,
     "Checkpoints that could not be written.",
     {},
     [](const Readings& from, Points& to) { to.add({}, real(from.status.checkpoint.failures)); }},
    // Named as in every Prometheus client, without our prefix, so that common dashboards find them.
    {"process_resident_memory_bytes",
     gauge,
     "Resident memory size.",
     {},
     [](const Readings& from, Points& to) { add_known(to, {}, from.process.resident_bytes); }},
    {"process_cpu_seconds_total",
     counter,
     "User and system CPU time spent.",
     {},
     [](const Readings& from, Points& to) { add_known(to, {}, from.process.cpu_seconds); }},
    {"process_open_fds",
     gauge,
     "Open file descriptors.",
     {},
     [](const Readings& from, Points& to) { add_known(to, {}, from.process.open_files); }},
    {"process_start_time_seconds",
     gauge,
     "When the process started, since 1970.",
     {},
     [](const Readings& from, Points& to) { add_known(to, {}, from.process.started_seconds); }},
};

std::string describe(const SeriesLabel& label) {
  return label.values.empty() ? std::string(label.name) : fmt::format("{}={}", label.name, fmt::join(label.values, "|"));
}

}  // namespace

std::string_view to_string(SeriesType type) {
  switch (type) {
    case counter: return "counter";
    case gauge: return "gauge";
    case histogram: return "histogram";
  }
  return "";
}
const std::vector<Series>& all_series() {
  static const std::vector<Series> all = [] {
    auto out = series_list;
    out.insert(std::ranges::find(out, first_duration, &Series::name), stream_series().begin(), stream_series().end());
    out.insert(std::ranges::find(out, first_duration, &Series::name), cluster_series().begin(), cluster_series().end());
    return out;
  }();
  return all;
}
std::string describe_series() {
  std::string out;
  for (const Series& one : all_series()) {
    std::vector<std::string> labels(one.labels.size());
    std::ranges::transform(one.labels, labels.begin(), describe);
    out += fmt::format("{}{} {}\n  {}\n", one.name, labels.empty() ? "" : fmt::format("{{{}}}", fmt::join(labels, ", ")),
                       to_string(one.type), one.help);
  }
  return out;
}

}  // namespace rekindle
