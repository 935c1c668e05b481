// When a daemon saves, and what.
#include "app/daemon.hpp"
#include "app/event_json.hpp"
#include "app/log.hpp"
#include "app/sources.hpp"

namespace rekindle {

bool Daemon::checkpoint_due() const {
  // A model that is published with a checkpoint does not wait for the next sample.
  const auto* learner = session_.learner();
  if (outputs_.exactly_once() && outputs_.writes_models() && learner != nullptr && publisher_.due(stamp_of(*learner))) return true;
  if (!changed_since_checkpoint_ || session_.learner() == nullptr) return false;
  const auto every_samples = configuration_.checkpoint.every_samples;
  const auto samples = session_.learner()->counters().samples;
  if (every_samples != 0 && samples - samples_at_checkpoint_ >= every_samples) return true;
  return seconds_since(last_checkpoint_) >= configuration_.checkpoint.every_seconds;
}

// What was sent comes first: a position that passes a record is saved only when all that it led to is safe elsewhere.
void Daemon::checkpoint() {
  if (!writer_->idle() || !sent_is_safe(flush_patience)) return;
  auto saved = make_checkpoint();
  writer_->submit(std::move(saved), outputs_.take_batch());
  checkpointed();
}

Status Daemon::save_now() {
  auto saved = make_checkpoint();
  return writer_->save_now(std::move(saved), outputs_.take_batch());
}

void Daemon::checkpointed() {
  last_checkpoint_ = steady_now();
  samples_at_checkpoint_ = session_.learner()->counters().samples;
  changed_since_checkpoint_ = checkpoint_soon_ = false;
}

// Where outputs are published with it, its own event is one of them, and a model that is due.
Checkpoint Daemon::make_checkpoint() {
  if (outputs_.exactly_once() && outputs_.writes_models()) publish_model();
  if (outputs_.exactly_once()) send_event("checkpoint", position_json(position_));
  auto checkpoint = checkpoint_of(*session_.learner(), position_, configuration_.text);
  if (!anchors_.empty()) checkpoint.sections.push_back(section_of(anchors_));
  if (!journal_) return checkpoint;
  if (!journal_id_.empty()) checkpoint.summary["journal_id"] = journal_id_;
  if (const auto size = journal_->flush()) {
    checkpoint.summary["journal"] = fmt::format("{}", *size);
  } else {
    log_event(LogLevel::error, "journal_failed", {{"error", size.error().message}, {"then", "learning goes on without it"}});
  }
  return checkpoint;
}

}  // namespace rekindle
