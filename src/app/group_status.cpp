// What is seen of a daemon in a group: its tasks taken together, and its part in the group.
#include <algorithm>

#include "app/daemon_http.hpp"
#include "app/group_daemon.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"
#include "base/bytes.hpp"
#include "http/json_text.hpp"
#include "http/status_json.hpp"
#include "metrics/exporter.hpp"

namespace rekindle {

namespace {

using std::chrono::milliseconds;

constexpr double publish_every = 0.1;
constexpr std::size_t incidents_kept = 100;

std::int64_t tick_ms() { return std::chrono::duration_cast<milliseconds>(steady_now().time_since_epoch()).count(); }

template <class Counts>
void add(Counts& sum, const Counts& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

// Weighted means, by labelled samples.
class Mean {
 public:
  explicit Mean(std::optional<double>& out, double weight_before) : out_(out), before_(weight_before) {}
  void add(const std::optional<double>& value, double weight) {
    if (!value) return;
    out_ = out_ && before_ + weight > 0 ? (*out_ * before_ + *value * weight) / (before_ + weight) : *value;
  }

 private:
  std::optional<double>& out_;
  double before_;
};

void add_counts(LearnerStatus& sum, const LearnerStatus& more) {
  sum.samples += more.samples;
  sum.labelled += more.labelled;
  sum.learned += more.learned;
  sum.predicted_only += more.predicted_only;
  sum.held_out += more.held_out;
  sum.rejected += more.rejected;
  sum.updates += more.updates;
  sum.nonfinite_updates += more.nonfinite_updates;
  sum.restarts += more.restarts;
  sum.resets += more.resets;
  add(sum.restarts_by_reason, more.restarts_by_reason);
  add(sum.resets_by_reason, more.resets_by_reason);
  add(sum.responses, more.responses);
  sum.replacements += more.replacements;
  sum.rollbacks += more.rollbacks;
  sum.divergences += more.divergences;
  sum.plateau_bumps += more.plateau_bumps;
  for (std::size_t i = 0; i < std::min(sum.detectors.size(), more.detectors.size()); ++i) {
    add(sum.detectors[i].detections, more.detectors[i].detections);
    sum.detectors[i].warnings += more.detectors[i].warnings;
    sum.detectors[i].warning = sum.detectors[i].warning || more.detectors[i].warning;
    sum.detectors[i].statistic = std::max(sum.detectors[i].statistic, more.detectors[i].statistic);
  }
}

void add(std::optional<LateLabelStatus>& sum, const std::optional<LateLabelStatus>& more) {
  if (!sum || !more) return;
  add(sum->labels, more->labels);
  add(sum->unlabelled, more->unlabelled);
  add(sum->delays, more->delays);
  sum->waiting += more->waiting;
  sum->early += more->early;
  sum->bytes += more->bytes;
  sum->delay_sum_seconds += more->delay_sum_seconds;
}

// What counts adds up; what is a share or a mean is that of all their samples; the rest is the first task's.
void add(LearnerStatus& sum, const LearnerStatus& more) {
  const auto before = static_cast<double>(sum.labelled);
  const auto weight = static_cast<double>(more.labelled);
  const auto mean = [&](auto member) { Mean(sum.*member, before).add(more.*member, weight); };
  mean(&LearnerStatus::loss_fast);
  mean(&LearnerStatus::loss_slow);
  mean(&LearnerStatus::error_fast);
  mean(&LearnerStatus::error_slow);
  mean(&LearnerStatus::baseline_loss);
  for (std::size_t i = 0; i < std::min(sum.metrics.size(), more.metrics.size()); ++i)
    Mean(sum.metrics[i].second, before).add(more.metrics[i].second, weight);
  add_counts(sum, more);
  add(sum.late_labels, more.late_labels);
}

std::uint64_t whole(const boost::json::object& from, const char* name) {
  const auto* found = from.if_contains(name);
  return found != nullptr && found->is_number() ? found->to_number<std::uint64_t>() : 0;
}

std::string text(const boost::json::object& from, const char* name) {
  const auto* found = from.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

Incident incident_of(const boost::json::object& from) {
  Incident incident;
  incident.id = whole(from, "id");
  incident.sample = whole(from, "samples");
  incident.detector = "group";
  incident.signal = text(from, "scope");
  incident.severity = text(from, "severity");
  incident.response = text(from, "response");
  for (const auto& [name, rate] : {std::pair("lr_before", &incident.lr_before), std::pair("lr_after", &incident.lr_after)}) {
    const auto* found = from.if_contains(name);
    if (found != nullptr && found->is_number()) *rate = found->to_number<double>();
  }
  return incident;
}

}  // namespace

// On the control topic, in the order in which leaders were.
void GroupDaemon::take_news(const kafka::TopicMessage& message) {
  const auto kind = topics_.own(message.key);
  if (!kind) return;
  if (kind->starts_with("incident/")) {
    auto incident = json_object_of(text_of(message.value));
    if (!incident) return;
    incidents_.push_back(std::move(*incident));
    if (incidents_.size() > incidents_kept) incidents_.pop_front();
    return;
  }
  if (*kind == "pause") return take_pause(message);
  if (*kind != "round" && *kind != "model") return;
  auto envelope = read_envelope(message.value);
  if (!envelope) {
    log_event(LogLevel::warn, "group_message_unusable", {{"offset", message.offset}, {"reason", envelope.error().message}});
  } else if (auto* round = std::get_if<cluster::Round>(&envelope->message)) {
    news_.round = std::move(*round);
    news_.round_at = message.offset;
  } else if (auto* model = std::get_if<cluster::Model>(&envelope->message)) {
    news_.model = std::move(*model);
    news_.model_at = message.offset;
    news_.layout = envelope->layout;
  }
}

// Until somebody says otherwise, whichever daemons come and go.
void GroupDaemon::take_pause(const kafka::TopicMessage& message) {
  const auto said = json_object_of(text_of(message.value));
  const auto* paused = said ? said->if_contains("paused") : nullptr;
  if (paused == nullptr || !paused->is_bool() || paused->get_bool() == paused_) return;
  paused_ = paused->get_bool();
  service_.status(paused_ ? "paused" : "learning");
  log_event(LogLevel::info, paused_ ? "paused" : "resumed", {});
}

Status GroupDaemon::listen() {
  if (configuration_.http.listen.empty()) return {};
  HttpServices services;
  services.status = board_;
  services.metrics = [this](const StatusSnapshot& status) { return MetricsExporter().render(status, models_->durations()); };
  last_tick_ms_ = tick_ms();
  services.predictor = models_;
  services.more = command_routes(commands_);
  add_page_routes(feed_, services.more);
  services.alive = [this] { return tick_ms() - last_tick_ms_.load() < 60'000; };
  http_ = std::make_unique<HttpServer>(http_settings(configuration_.http), std::move(services));
  if (auto status = http_->start(); !status) return status;
  log_event(LogLevel::info, "listening", {{"url", http_->url()}});
  return {};
}

void GroupDaemon::cadence() {
  const auto now = steady_now();
  last_tick_ms_.store(tick_ms(), std::memory_order_relaxed);
  service_.alive(now);
  if (seconds_since(last_publish_) < publish_every) return;
  last_publish_ = now;
  publish();
}

Position GroupDaemon::position() const {
  Position position;
  for (const auto& [key, task] : tasks_) task->add_to(position);
  return position;
}

void GroupDaemon::report(ClusterStatus& out) {
  out.instance = instance_;
  leader_.report(out);
  out.term = news_.round.term;
  out.generation = news_.round.generation;
  out.round = news_.round.round;
  out.version = news_.model.version;
  out.global_step = news_.round.clock.updates;
  out.lr = news_.round.lr;
  out.published = published_;
  out.adopted = adopted_;
  out.ignored = ignored_;
  out.aborted = aborted_;
  for (const auto& [key, task] : tasks_) {
    ClusterTaskStatus one{key.first, key.second, 0, 0, 0, 0};
    if (const auto* worker = task->worker()) {
      const auto& learner = *task->session().learner();
      one = {key.first, key.second, learner.counters().learned, worker->round().round, worker->version(), learner.lr()};
      out.adopted += worker->counters().adopted;
      out.ignored += worker->counters().ignored;
    }
    out.tasks.push_back(std::move(one));
  }
}

void GroupDaemon::publish() {
  auto snapshot = std::make_shared<StatusSnapshot>();
  snapshot->version = version;
  snapshot->commit = rekindle::commit;  // Not the member function.
  snapshot->started_seconds = started_seconds_;
  snapshot->stopping = should_stop();
  auto& sum = snapshot->learner;
  sum.mode = configuration_.learner.mode == LearnerMode::single ? "single" : "portfolio";
  sum.task = to_string(configuration_.learner.schema.task);
  const GroupTask* shown = nullptr;
  for (const auto& [key, task] : tasks_) {
    sum.rejected += task->session().rejected_early();
    sum.samples += task->session().rejected_early();
    if (task->session().learner() == nullptr) continue;
    LearnerStatus one;
    task->session().learner()->report(one);
    if (shown == nullptr) {
      one.rejected += sum.rejected;
      one.samples += sum.samples;
      sum = std::move(one);
      shown = task.get();
    } else {
      add(sum, one);
    }
  }
  if (shown != nullptr && http_) models_->offer(group_stamp(*shown));
  sum.incidents.clear();
  for (const auto& incident : incidents_) sum.incidents.push_back(incident_of(incident));
  sum.incidents_total = incidents_.empty() ? 0 : whole(incidents_.back(), "id");
  sum.last_drift_seconds = last_drift_seconds_;
  if (source_) source_->report(position(), snapshot->source);
  snapshot->source.type = "kafka";
  snapshot->source.dead_letters = rejected_;
  outputs_.report(snapshot->output);
  snapshot->output.records[2] = letters_;
  snapshot->checkpoint = checkpoint_;
  snapshot->checkpoint_duration = commit_durations_;
  snapshot->sample_duration = durations_;
  auto cluster = std::make_shared<ClusterStatus>();
  report(*cluster);
  snapshot->cluster = std::move(cluster);
  if (paused_) snapshot->not_ready.emplace_back(paused_by_command);
  if (!waiting_for_.empty()) snapshot->not_ready.push_back("source: " + waiting_for_);
  if (source_ && !snapshot->source.connected && !snapshot->source.problem.empty())
    snapshot->not_ready.push_back("source: " + snapshot->source.problem);
  if (!checkpoint_.last_error.empty()) snapshot->not_ready.push_back("checkpoint: " + checkpoint_.last_error);
  auto reasons = snapshot->not_ready;
  std::erase(reasons, paused_by_command);  // Has its own line.
  const auto reason = fmt::format("{}", fmt::join(reasons, "; "));
  if (reason != not_ready_ && !snapshot->stopping) {
    not_ready_ = reason;
    service_.status(reason.empty() ? "learning" : reason);
    log_event(reason.empty() ? LogLevel::info : LogLevel::warn, reason.empty() ? "ready" : "not_ready", {{"reason", reason}});
  }
  if (const auto now = wall_seconds(); http_ && feed_.point_is_due(now)) feed_.observe(*snapshot, now);
  if (snapshot->stopping) snapshot->not_ready.emplace_back("stopping");
  board_->publish(std::move(snapshot));
}

}  // namespace rekindle
