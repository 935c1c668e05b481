// What a daemon writes to topics, and when that is safe.
#include <algorithm>
#include <thread>

#include "app/clock.hpp"
#include "app/daemon.hpp"
#include "app/event_json.hpp"
#include "app/log.hpp"

namespace rekindle {

namespace {
constexpr std::uint64_t labels_expected_within = 1000;
constexpr std::size_t to_dead_letters = 2;  // In `output_names`.
constexpr auto load_pause = std::chrono::milliseconds(200);
}  // namespace

// Without the record something would be lost, so the daemon waits here while the broker is away.
Status Daemon::send_patiently(const std::function<Status()>& send) {
  while (true) {
    const auto status = send();
    if (status || status.error().code != ErrorCode::unavailable || should_stop()) return status;
    log_event(LogLevel::error, "output_waits", {{"reason", status.error().message}});
    publish();
    tick(steady_now());
  }
}

Status Daemon::send_dead_letter(const RawRecord& record, const Rejection& why) {
  const auto headers = source_->headers_of(record);
  auto status = send_patiently([&] { return dead_letters_->send(record, headers, why); });
  if (!status) return status;
  ++letters_.records[to_dead_letters];
  letters_.bytes[to_dead_letters] += record.key.size() + record.payload.size();
  return status;
}

void Daemon::count_letters(OutputStatus& out) const {
  out.records[to_dead_letters] = letters_.records[to_dead_letters];
  out.bytes[to_dead_letters] = letters_.bytes[to_dead_letters];
  out.errors[to_dead_letters] = dead_letters_ ? dead_letters_->failures() : 0;
}

Status Daemon::send_prediction(const RawRecord& record) {
  outputs_.after_sample(record, session_.sample().id, *session_.learner());
  auto status = outputs_.send_prediction();
  if (status || status.error().code != ErrorCode::unavailable) return status;
  return send_patiently([&] { return outputs_.send_prediction(); });
}

// False: told to stop before the state was there.
Result<bool> Daemon::load_when_reachable() {
  const auto begun = steady_now();
  while (true) {
    auto loaded = writer_->store().load();
    if (loaded) {
      not_loaded_.clear();
      if (auto status = take_up(*std::move(loaded)); !status) return tl::unexpected(status.error());
      return true;
    }
    if (loaded.error().code != ErrorCode::unavailable) return tl::unexpected(loaded.error());
    if (options_.require_healthy && seconds_since(begun) > healthy_within.count()) return tl::unexpected(loaded.error());
    if (not_loaded_ != loaded.error().message) log_event(LogLevel::warn, "checkpoint_waits", {{"reason", loaded.error().message}});
    not_loaded_ = loaded.error().message;
    obey();
    reload_on_signal();
    if (std::exchange(reconnect_soon_, false)) {
      if (auto status = open_store(); !status) return tl::unexpected(status.error());
    }
    publish();
    tick(steady_now());
    if (should_stop()) return false;
    std::this_thread::sleep_for(load_pause);
  }
}

// Outputs that wait for a checkpoint take memory; while one cannot be made, learning waits.
void Daemon::wait_for_room() {
  while (outputs_.crowded() && session_.learner() != nullptr && !should_stop()) {
    checkpoint_soon_ = true;
    cadence();
    if (outputs_.crowded()) std::this_thread::sleep_for(pause_patience);
  }
}

// An event that could not be sent must not be passed by a checkpoint; the daemon is about to stop then.
void Daemon::send_event(std::string_view type, const boost::json::object& fields) {
  if (!outputs_.writes_events()) return;
  const auto status = send_patiently([&] { return outputs_.send_event(type, fields); });
  if (outputs_.exactly_once() && type != "checkpoint") changed_since_checkpoint_ = true;
  if (status) return;
  log_event(LogLevel::error, "event_not_sent", {{"type", type}, {"reason", status.error().message}});
  inside_a_batch_ = inside_a_batch_ || status.error().code == ErrorCode::unavailable;
}

// At the end whatever is newest, so that replicas go on with all that was learned.
void Daemon::publish_model(bool last) {
  const auto* learner = session_.learner();
  if (learner == nullptr) return;
  const auto now = stamp_of(*learner);
  if (!(last ? publisher_.changed(now) : publisher_.due(now))) return;
  const auto pieces = publisher_.publish(now, {configuration_.kafka.group, configuration_.text, position_, wall_ms()}, last);
  if (pieces.empty()) return;
  changed_since_checkpoint_ = changed_since_checkpoint_ || outputs_.exactly_once();
  const auto status = last ? outputs_.send_model(pieces) : send_patiently([&] { return outputs_.send_model(pieces); });
  if (!status) log_event(LogLevel::error, "model_not_sent", {{"reason", status.error().message}});
}

bool Daemon::sent_is_safe(std::chrono::milliseconds patience) {
  const auto start = steady_now();
  if (dead_letters_ && !dead_letters_->flush(patience)) return false;
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - start);
  return outputs_.flush(std::max(patience - spent, std::chrono::milliseconds(0)));
}

void Daemon::checkpoint_saved(const Position& saved) {
  if (!writer_->store().is_remote()) source_->commit_for_lag_tools(saved);
  if (outputs_.writes_events() && !outputs_.exactly_once()) send_event("checkpoint", position_json(saved));
}

// Where predictions are asked for, a record without a label is no mistake; a label whose name is misspelt is.
void Daemon::warn_of_no_labels() {
  const auto* learner = session_.learner();
  if (labels_seen_or_missed_ || !outputs_.writes_predictions() || learner == nullptr || learner->spec().late.on) return;
  const auto& counters = learner->counters();
  if (counters.labelled == 0 && counters.samples < labels_expected_within) return;
  labels_seen_or_missed_ = true;
  if (counters.labelled > 0) return;
  log_event(LogLevel::warn, "no_labels",
            {{"samples", counters.samples}, {"label", learner->spec().schema.label}, {"then", "every record is predicted, none learned"}});
}

}  // namespace rekindle
