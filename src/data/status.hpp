// Status: an immutable picture of the whole daemon, made by the learner thread and read by HTTP and metrics.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/incident.hpp"
#include "data/position.hpp"
#include "data/sample.hpp"

namespace rekindle {

inline constexpr std::array<const char*, 3> severity_names = {"mild", "moderate", "extreme"};
inline constexpr std::array<const char*, 4> response_names = {"hold", "bump", "restart", "replace"};
inline constexpr std::array<const char*, 2> restart_reason_names = {"drift", "command"};
inline constexpr std::array<const char*, 7> verdict_names = {"helping",     "neutral",     "harming", "diverging",
                                                             "oscillating", "overfitting", "stalled"};
inline constexpr std::array<const char*, 3> reset_reason_names = {"drift", "command", "period"};

// Upper bounds of the histograms, in seconds.
inline constexpr std::array<double, 10> sample_duration_bounds = {1e-6, 5e-6, 2e-5, 1e-4, 5e-4, 2e-3, 1e-2, 5e-2, 0.25, 1};
inline constexpr std::array<double, 10> checkpoint_duration_bounds = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
inline constexpr std::array<double, 12> label_delay_bounds = {1, 5, 15, 60, 300, 900, 1800, 3600, 10'800, 43'200, 86'400, 604'800};

// What became of labels that came in records of their own, and of samples that wait for one: all add up over the stream.
inline constexpr std::array<const char*, 5> late_label_names = {"matched", "late", "unmatched", "duplicate", "unusable"};
inline constexpr std::array<const char*, 3> unlabelled_names = {"timed_out", "evicted", "repeated"};

struct DetectorStatus {
  std::string name;  // Unique among the detectors of one daemon: it is a label.
  double statistic = 0;
  std::array<std::uint64_t, 3> detections{};  // By severity, in the order of `severity_names`.
  std::uint64_t warnings = 0;                 // That have begun.
  bool warning = false;                       // One is on.
};

struct LateLabelStatus {
  std::array<std::uint64_t, late_label_names.size()> labels{};        // In the order of `late_label_names`.
  std::array<std::uint64_t, unlabelled_names.size()> unlabelled{};    // Samples, in the order of `unlabelled_names`.
  std::uint64_t waiting = 0;                                          // Samples that wait for their label now.
  std::uint64_t early = 0;                                            // Labels that wait for their sample now.
  std::uint64_t bytes = 0;                                            // What the buffer takes.
  std::array<std::uint64_t, label_delay_bounds.size() + 1> delays{};  // Of matched labels, event time; not cumulative.
  double delay_sum_seconds = 0;
};

// What is done about a lag that is too long, and leaves records out.
inline constexpr std::array<const char*, 2> lag_policy_names = {"learn_1_in_k", "skip_to_latest"};
inline constexpr std::array<const char*, 3> output_names = {"predictions", "events", "dead_letters"};

// One learner of a portfolio.
struct MemberStatus {
  std::string name;
  double lr = 0;
  double weight = 0;  // In the mixture; all add up to 1.
};

struct LayerStatus {
  std::string name;
  double lr = 0;  // With the layer's multiplier; 0: frozen.
  double weight_norm = 0;
  std::optional<double> gradient_norm;     // Of the latest update.
  std::optional<double> update_to_weight;  // Norm of the latest update over that of the weights.
};

// What the diagnostics make of the schedule. Empty: too little seen yet.
struct HealthStatus {
  std::string verdict;  // One of `verdict_names`.
  std::string cause;
  std::string remedy;
  std::vector<std::string> signs;  // What stands out beside the verdict: a spike of the loss, a gradient that vanishes on its way.
};

struct PartitionStatus {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0;
  std::optional<std::int64_t> lag_records;  // Unknown until the broker has said where the end is.
  std::optional<double> lag_seconds;
};

struct CheckpointStatus {
  std::uint64_t saved = 0;
  std::uint64_t failures = 0;
  std::uint64_t bytes = 0;
  double last_success_seconds = 0;  // Since 1970; 0: none yet.
  std::string last_error;
};

// Fixed buckets, counted by the learner thread and copied out whole.
struct HistogramData {
  std::vector<double> bounds;          // Upper bounds, ascending, without +Inf. Empty: nothing was counted yet.
  std::vector<std::uint64_t> buckets;  // One more than bounds; not cumulative.
  double sum = 0;
};

struct LearnerStatus {
  std::string mode;  // single | portfolio
  std::string task;
  std::uint64_t samples = 0;  // Everything that arrived.
  std::uint64_t labelled = 0;
  std::uint64_t learned = 0;
  std::uint64_t predicted_only = 0;
  std::uint64_t held_out = 0;
  std::uint64_t rejected = 0;
  std::uint64_t updates = 0;
  std::uint64_t nonfinite_updates = 0;
  std::uint64_t restarts = 0;
  std::uint64_t resets = 0;
  std::array<std::uint64_t, 2> restarts_by_reason{};  // In the order of `restart_reason_names`; adds up to `restarts`.
  std::array<std::uint64_t, 3> resets_by_reason{};    // In the order of `reset_reason_names`; adds up to `resets`.
  std::uint64_t replacements = 0;
  std::uint64_t rollbacks = 0;
  std::uint64_t divergences = 0;
  std::uint64_t plateau_bumps = 0;
  std::array<std::uint64_t, 4> responses{};  // In the order of `response_names`.
  double lr = 0;
  std::optional<double> pinned;       // An operator's rate, in place of the schedule's.
  std::vector<MemberStatus> members;  // Empty in single mode.
  double schedule_step = 0;
  double schedule_cycle = 0;
  std::optional<double> loss_fast;
  std::optional<double> loss_slow;
  std::optional<double> validation_loss_fast;  // Of held-out samples.
  std::optional<double> validation_loss_slow;
  std::optional<double> baseline_loss;    // Of the constant-rate shadow.
  std::optional<double> forgetting_loss;  // Of samples from before the last drift.
  std::optional<double> calibration_error;
  std::optional<double> loss_dispersion;
  std::optional<double> loss_sign_changes;
  std::uint64_t since_best_loss = 0;  // Labelled samples.
  HealthStatus health;
  std::vector<LayerStatus> layers;
  std::optional<double> error_fast;
  std::optional<double> error_slow;
  std::optional<double> gradient_norm;
  std::vector<std::pair<std::string, std::optional<double>>> metrics;  // Prequential, in the order they print.
  std::vector<DetectorStatus> detectors;
  std::vector<Incident> incidents;  // The newest last; bounded.
  std::uint64_t incidents_total = 0;
  double last_drift_seconds = 0;  // Wall clock, since 1970; 0: none yet.
  std::vector<std::string> classes;
  std::vector<std::string> features;
  std::optional<LateLabelStatus> late_labels;  // Where labels come in records of their own.
};

struct SourceStatus {
  std::string type;
  bool connected = false;
  std::string problem;  // Why not, or what is wrong although connected.
  std::string waiting;  // For what, where records are there that cannot be read yet.
  bool caught_up = false;
  std::vector<PartitionStatus> partitions;
  std::array<std::uint64_t, reject_reason_names.size()> dead_letters{};
  std::uint64_t rebalances = 0;
  std::uint64_t losses = 0;        // Times that records were gone before they were read.
  std::uint64_t lost_records = 0;  // As far as they can be counted.
  std::string loss;                // The last of them, for people.
  // Left out because of the lag, in the order of `lag_policy_names`; since this start.
  std::array<std::uint64_t, lag_policy_names.size()> skipped{};
};

// What was handed over for the topics, in the order of `output_names`; since this start.
struct OutputStatus {
  std::array<std::uint64_t, output_names.size()> records{};
  std::array<std::uint64_t, output_names.size()> bytes{};   // Keys and values.
  std::array<std::uint64_t, output_names.size()> errors{};  // Deliveries that failed; they are tried again.
};

struct ClusterStatus;  // data/cluster_status.hpp

struct StatusSnapshot {
  std::string version;
  std::string commit;
  double started_seconds = 0;  // Since 1970.
  bool stopping = false;
  std::vector<std::string> not_ready;  // Reasons; empty: ready.
  LearnerStatus learner;
  SourceStatus source;
  OutputStatus output;
  CheckpointStatus checkpoint;
  std::shared_ptr<const ClusterStatus> cluster;  // Null where one daemon learns alone.
  HistogramData sample_duration;
  HistogramData checkpoint_duration;
};

// Where readers find the newest snapshot. Never null after start. Called from other threads than the learner's.
class StatusView {
 public:
  virtual ~StatusView() = default;
  [[nodiscard]] virtual std::shared_ptr<const StatusSnapshot> status() const = 0;
};

}  // namespace rekindle
