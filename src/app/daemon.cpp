#include "app/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "app/daemon_http.hpp"
#include "app/histogram.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/version.hpp"
#include "http/status_json.hpp"
#include "metrics/exporter.hpp"

namespace rekindle {

namespace {

using std::chrono::milliseconds;

constexpr auto poll_patience = milliseconds(100);
constexpr auto publish_every = milliseconds(100);
constexpr unsigned close_seconds = 4;  // A client library that hangs while it closes may not hold up the exit.

// A stream that is slow enough is learned at once.
bool worth_a_thread(std::span<const RawRecord> records) {
  static const bool two_processors = std::thread::hardware_concurrency() > 1;
  return two_processors && records.size() >= DecodeBeside::worth_it;
}

std::int64_t tick_ms() { return std::chrono::duration_cast<milliseconds>(steady_now().time_since_epoch()).count(); }

}  // namespace

Daemon::Daemon(Configuration configuration, DaemonOptions options)
    : configuration_(std::move(configuration)),
      options_(options),
      session_(configuration_),
      budget_(configuration_.source.on_error_limit),
      outputs_(configuration_),
      publisher_(configuration_.output.model, configuration_.kafka.group),
      models_(std::make_shared<ModelBoard>(configuration_.learner.schema, options_of_predict(configuration_.http))),
      started_seconds_(wall_seconds()),
      lag_(configuration_.source),
      durations_(empty_histogram({1e-6, 5e-6, 2e-5, 1e-4, 5e-4, 2e-3, 1e-2, 5e-2, 0.25, 1})) {
  session_.add_observer(range_test_);
  configuration_.kafka.kafka.clients = clients_;
  certificates_ = kafka::certificates_of(configuration_.kafka.kafka);
}

Daemon::~Daemon() = default;

std::string Daemon::url() const { return http_ ? http_->url() : ""; }

Status Daemon::start() {
  if (auto status = open_store(); !status) return status;
  // A cluster may be away for a while, and `run` waits for it.
  if (!writer_->store().is_remote()) {
    auto loaded = writer_->store().load();
    if (!loaded) return tl::unexpected(loaded.error());
    if (auto status = take_up(*std::move(loaded)); !status) return status;
  }
  publish();
  return listen();
}

Status Daemon::take_up(std::optional<LoadedCheckpoint> loaded) {
  if (!loaded) return open_journal(nullptr, "");
  auto& [checkpoint, path, warnings] = *loaded;
  for (const auto& warning : warnings) log_event(LogLevel::warn, "checkpoint_skipped", {{"reason", warning}});
  std::vector<std::string> notes;
  anchors_ = anchors_in(checkpoint.sections);
  if (auto status = session_.restore(std::move(checkpoint.sections), notes); !status) return status;
  for (const auto& note : notes) log_event(LogLevel::warn, "configuration_changed", {{"what", note}});
  position_ = std::move(checkpoint.position);
  log_event(LogLevel::info, "restored", {{"from", path}, {"samples", checkpoint.summary["samples"]}});
  return open_journal(&checkpoint.summary, checkpoint.configuration);
}

Status Daemon::listen() {
  if (configuration_.http.listen.empty()) return {};
  HttpServices services;
  services.status = board_;
  services.metrics = [this](const StatusSnapshot& status) { return MetricsExporter().render(status, models_->durations()); };
  last_tick_ms_ = tick_ms();
  services.predictor = models_;
  services.more = command_routes(commands_);
  services.more.push_back({"GET", "/lr-find", "what the latest LR range test found", [this](const auto&) { return range_test_.answer(); }});
  add_page_routes(feed_, services.more);
  services.alive = [this] { return tick_ms() - last_tick_ms_.load() < 60'000; };
  http_ = std::make_unique<HttpServer>(http_settings(configuration_.http), std::move(services));
  if (auto status = http_->start(); !status) return status;
  log_event(LogLevel::info, "listening", {{"url", http_->url()}});
  return {};
}

bool Daemon::should_stop() const {
  return stop_signal() != 0 || stop_requested_ || at_end_ || writer_->failed() || (options_.stop_after && taken() >= *options_.stop_after);
}

Status Daemon::run() {
  last_publish_ = last_checkpoint_ = steady_now();
  if (writer_->store().is_remote()) {
    service_.ready();
    const auto loaded = load_when_reachable();
    if (!loaded) return tl::unexpected(loaded.error());
    if (!*loaded) return {};
  }
  if (auto status = connect(); !status) return status;
  service_.ready();  // The broker may be away: that is for /readyz, not a reason to be started again.
  return finish(learn());
}

Status Daemon::learn() {
  const auto begun = steady_now();
  while (!should_stop()) {
    const auto polled = source_->poll(poll_patience);
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& begun_here : polled->started) begin_partition(begun_here);
    const auto learned = learn_batch(polled->records);
    if (beside_) beside_->finish();
    if (!learned) return learned;
    at_end_ = polled->at_end && !paused_;
    settle_position();
    cadence();
    if (jump_due_) {
      if (auto status = jump_to_the_end(); !status) return status;
    }
    wait_for_room();
    reload_on_signal();
    obey();
    if (paused_) wait_while_paused();
    if (reconnect_soon_) {
      if (auto status = reconnect(); !status) return status;
    }
    if (!options_.require_healthy || steady_now() - begun < healthy_within) continue;
    SourceStatus source;
    source_->report(position_, source);
    if (!source.connected) return fail(ErrorCode::unavailable, "the source cannot be reached: {}", source.problem);
    if (!reads_all_topics(source) && !source.problem.empty())
      return fail(ErrorCode::unavailable, "not every topic is read: {}", source.problem);
    if (!source.waiting.empty()) return fail(ErrorCode::unavailable, "{}", source.waiting);
    options_.require_healthy = false;
  }
  return writer_->failure();
}

Status Daemon::learn_batch(std::span<const RawRecord> records) {
  if (!beside_ && worth_a_thread(records) && session_.learner() != nullptr)
    beside_ = std::make_unique<DecodeBeside>(session_.decoder(), session_.another_decoder(), session_.learner()->features().size());
  if (beside_) beside_->begin(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    if (commands_.waiting()) obey();
    if (paused_) wait_while_paused();
    if (paused_) break;  // The daemon stops: what is left of the batch comes again.
    if (lag_.thinning() && !record.is_control() && !session_.is_label(record) && lag_.leaves_out(record)) {
      leave_out(record);
      continue;
    }
    const bool timed = i % 64 == 0;
    const auto start = timed ? steady_now() : SteadyTime{};
    const auto* const decoded = beside_ ? beside_->find(i) : nullptr;
    const auto* const next = decoded != nullptr ? beside_->peek(i + 1) : nullptr;
    if (next != nullptr) fetch_coming(next, beside_->peek(i + 2));
    if (auto status = take(record, decoded, next); !status) {
      inside_a_batch_ = true;
      return status;
    }
    if (timed) observe(durations_, seconds_since(start));
    if (options_.stop_after && taken() >= *options_.stop_after) break;
  }
  return {};
}

Status Daemon::take(const RawRecord& record, const DecodedRecord* decoded, const DecodedRecord* next) {
  if (outputs_.writes_predictions()) outputs_.before_sample(session_.learner());
  const auto lr_before = record.is_control() ? present_lr() : std::nullopt;
  const auto learned = decoded != nullptr ? session_.take(*decoded, next) : session_.take(record);
  if (!learned) return tl::unexpected(learned.error());
  const bool commanded = session_.took_command() != nullptr;
  if (!commanded) budget_.count(!*learned, session_.rejection());
  if (!*learned) {
    if (auto status = on_rejected(record); !status) return status;
  } else {
    if (outputs_.writes_predictions() && !session_.took_label() && !commanded) {
      if (auto status = send_prediction(record); !status) return status;
    }
    if (session_.learner() != nullptr && !session_.learner()->events().empty()) log_events();
  }
  changed_since_checkpoint_ = true;
  advance(record);
  if (commanded) tell_stream_command(record, lr_before);
  taken_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Status Daemon::on_rejected(const RawRecord& record) {
  const auto& why = session_.rejection();
  const auto where = fmt::format("{}[{}]@{}", record.topic, record.partition, record.offset);
  log_rejected(record, why);
  if (configuration_.source.on_error == OnError::stop) return fail(ErrorCode::data, "{}: {}", where, why.detail);
  if (dead_letters_) {
    if (auto status = send_dead_letter(record, why); !status) return status;
  }
  ++rejected_[static_cast<std::size_t>(why.reason)];
  if (!budget_.exceeded()) return {};
  return fail(ErrorCode::data, "too many records cannot be learned: {}; stopped before their position was saved (source.on_error_limit)",
              budget_.worst());
}

void Daemon::advance(const RawRecord& record) {
  if (journal_) journal_->take(record);
  pass(record);
}

void Daemon::pass(const RawRecord& record) {
  const bool same = pending_next_ >= 0 && pending_partition_ == record.partition && pending_topic_ == record.topic;
  if (!same) {
    settle_position();
    pending_topic_ = record.topic;
    pending_partition_ = record.partition;
  }
  pending_next_ = record.offset + 1;
  pending_record_ = &record;
}

// An idle partition has a position too, so that a restart goes on where this start decided to begin.
void Daemon::begin_partition(const PartitionPosition& start) {
  settle_position();
  pending_next_ = -1;
  const auto* known = position_.find(start.topic, start.partition);
  if (known != nullptr && known->next == start.next) return;
  position_.set(start.topic, start.partition, start.next);
  changed_since_checkpoint_ = true;
}

void Daemon::settle_position() {
  if (pending_next_ >= 0) position_.set(pending_topic_, pending_partition_, pending_next_);
  const auto* last = std::exchange(pending_record_, nullptr);
  if (last == nullptr || configuration_.source.type != SourceType::kafka) return;
  anchors_.set(last->topic, last->partition, last->offset, anchor_checksum(last->payload, last->timestamp_ms));
}

// For `/healthz` and for systemd's watchdog.
void Daemon::tick(SteadyTime now) {
  last_tick_ms_.store(tick_ms(), std::memory_order_relaxed);
  service_.alive(now);
}

void Daemon::cadence() {
  const auto now = steady_now();
  tick(now);
  if (now - last_publish_ >= publish_every) {
    last_publish_ = now;
    publish();
    warn_of_no_labels();
  }
  if (!outputs_.exactly_once() || !outputs_.writes_models()) publish_model();
  if (checkpoint_soon_ || checkpoint_due()) checkpoint();
  if (const auto saved = writer_->take_saved()) checkpoint_saved(*saved);
}

bool Daemon::reads_all_topics(const SourceStatus& source) const {
  if (configuration_.source.type != SourceType::kafka) return true;
  return std::ranges::all_of(topics_to_read(configuration_), [&](const auto& topic) {
    return std::ranges::any_of(source.partitions, [&](const auto& partition) { return partition.topic == topic; });
  });
}

void Daemon::publish() {
  auto snapshot = std::make_shared<StatusSnapshot>();
  snapshot->version = version;
  snapshot->commit = commit;
  snapshot->started_seconds = started_seconds_;
  snapshot->stopping = stop_signal() != 0 || stop_requested_;
  if (const auto* learner = session_.learner()) {
    learner->report(snapshot->learner);
    if (http_) models_->offer(stamp_of(*learner));
  } else {
    snapshot->learner.mode = configuration_.learner.mode == LearnerMode::single ? "single" : "portfolio";
    snapshot->learner.task = to_string(configuration_.learner.schema.task);
    snapshot->learner.samples = snapshot->learner.rejected = session_.rejected_early();
  }
  snapshot->learner.last_drift_seconds = last_drift_seconds_;
  if (source_) source_->report(position_, snapshot->source);
  snapshot->source.dead_letters = rejected_;
  snapshot->source.skipped = lag_.skipped();
  outputs_.report(snapshot->output);
  count_letters(snapshot->output);
  if (source_) {
    tell_losses(snapshot->source);
    watch_lag(snapshot->source);
  }
  if (writer_) {
    snapshot->checkpoint = writer_->status();
    snapshot->checkpoint_duration = writer_->durations();
  }
  snapshot->sample_duration = durations_;
  if (paused_) snapshot->not_ready.emplace_back(paused_by_command);
  if (!source_) {
    snapshot->not_ready.push_back(not_loaded_.empty() ? "starting" : "checkpoint: " + not_loaded_);
  } else if (!snapshot->source.connected || !reads_all_topics(snapshot->source)) {
    const auto* unsaid = snapshot->source.connected ? "not every topic is read yet" : "not connected yet";
    snapshot->not_ready.push_back("source: " + (snapshot->source.problem.empty() ? unsaid : snapshot->source.problem));
  } else if (!snapshot->source.waiting.empty()) {
    snapshot->not_ready.push_back("source: " + snapshot->source.waiting);
  }
  for (const auto& problem : {outputs_.problem(), dead_letters_ ? dead_letters_->problem() : std::string()}) {
    if (!problem.empty()) snapshot->not_ready.push_back("output: " + problem);
  }
  if (auto problem = publisher_.problem(); !problem.empty()) snapshot->not_ready.push_back("output: " + problem);
  if (!snapshot->checkpoint.last_error.empty()) snapshot->not_ready.push_back("checkpoint: " + snapshot->checkpoint.last_error);
  log_readiness(*snapshot);
  if (const auto silence = idle_.look(taken(), snapshot->source, steady_now())) log_event(LogLevel::info, "idle", {{"reason", *silence}});
  log_health(snapshot->learner.health);
  feed_page(*snapshot);
  if (snapshot->stopping) snapshot->not_ready.emplace_back("stopping");
  board_->publish(std::move(snapshot));
}

// What was learned is saved, unless a record was refused: its position must not be passed, and the state has counted it already.
Status Daemon::finish(Status outcome) {
  service_.stopping();
  tell_skips();
  if (source_) publish();  // What was lost is told before the last flush.
  if (!inside_a_batch_) publish_model(/*last=*/true);
  const bool all_safe = sent_is_safe(last_flush_patience);
  if (!all_safe) {
    const bool letters = dead_letters_ && !dead_letters_->flush(std::chrono::milliseconds(0));
    log_event(LogLevel::warn, letters ? "dead_letters_pending" : "outputs_pending",
              {{"then", "the last checkpoint stays; the records since are read again"}});
  }
  writer_->store().hurry(last_flush_patience);
  if (!inside_a_batch_ && all_safe && !writer_->failed() && session_.learner() != nullptr && changed_since_checkpoint_) {
    const auto status = save_now();
    if (!status && status.error().code == ErrorCode::unavailable) {
      log_event(LogLevel::warn, "checkpoint_pending",
                {{"reason", status.error().message}, {"then", "the records since the last one are read again"}});
    } else if (!status && outcome) {
      outcome = status;
    }
  }
  writer_->settle();  // What it still saves is told, too.
  publish();
  if (const auto saved = writer_->take_saved()) checkpoint_saved(*saved);
  (void)outputs_.flush(flush_patience);  // The event of that checkpoint.
  std::signal(SIGALRM, [](int) { _exit(0); });
  if (outcome) alarm(close_seconds);
  source_->close();
  dead_letters_.reset();
  outputs_.close();
  if (http_) http_->stop();
  alarm(0);
  log_event(LogLevel::info, "stopped",
            {{"samples", taken()}, {"state", session_.learner() == nullptr ? "none" : session_.learner()->state_hash()}});
  return outcome;
}

}  // namespace rekindle
