// What a daemon does not learn: records left out because of the lag, and records that were gone.
#include "app/clock.hpp"
#include "app/daemon.hpp"
#include "app/log.hpp"
#include "app/sources.hpp"

namespace rekindle {

void Daemon::watch_lag(const SourceStatus& source) {
  const auto turn = lag_.look(source);
  if (turn == LagPolicy::Turn::jump) jump_due_ = true;
  if (turn == LagPolicy::Turn::begins) {
    log_event(LogLevel::warn, "lag",
              {{"records", lag_.lag()},
               {"limit", configuration_.source.lag_limit},
               {"then", "learn one in " + std::to_string(configuration_.source.lag_k)}});
    send_event("lag", {{"policy", lag_.name()}, {"lag_records", lag_.lag()}, {"skipped", 0}});
  }
  if (turn == LagPolicy::Turn::ends) tell_skips();
}

// Not before: how many there are is known at the end. A stop in the middle tells what there was.
void Daemon::tell_skips() {
  if (configuration_.source.on_lag != OnLag::learn_1_in_k) return;
  const auto skipped = lag_.skipped()[0] - skips_told_;
  if (skipped == 0) return;
  skips_told_ = lag_.skipped()[0];
  log_event(LogLevel::warn, "records_skipped", {{"records", skipped}, {"reason", lag_.name()}, {"lag", lag_.lag()}});
  send_event("skipped", {{"policy", lag_.name()}, {"lag_records", lag_.lag()}, {"skipped", skipped}});
}

void Daemon::leave_out(const RawRecord& record) {
  changed_since_checkpoint_ = true;
  pass(record);
  taken_.fetch_add(1, std::memory_order_relaxed);
}

// The source is opened anew where the topics end now.
Status Daemon::jump_to_the_end() {
  jump_due_ = false;
  SourceStatus source;
  source_->report(position_, source);
  const auto next = lag_.jump(position_, source);
  const auto skipped = lag_.skipped()[1] - skips_told_;
  if (skipped == 0) return {};
  skips_told_ = lag_.skipped()[1];
  log_event(LogLevel::warn, "records_skipped", {{"records", skipped}, {"reason", lag_.name()}, {"limit", configuration_.source.lag_limit}});
  send_event("skipped", {{"policy", lag_.name()}, {"lag_records", lag_.lag()}, {"skipped", skipped}});
  pending_next_ = -1;
  position_ = next;
  changed_since_checkpoint_ = true;
  source_->close();
  // What was learned last lies before the gap: it says nothing of the topic there.
  source_ = make_source(configuration_);
  losses_told_ = 0;
  return source_->open(position_);
}

void Daemon::tell_losses(const SourceStatus& source) {
  if (source.losses == losses_told_) return;
  losses_told_ = source.losses;
  const bool stops = configuration_.kafka.on_data_loss == kafka::DataLossPolicy::stop;
  log_event(LogLevel::error, "data_loss", {{"what", source.loss}, {"records", source.lost_records}, {"then", stops ? "stop" : "go on"}});
  send_event("data_loss", {{"what", source.loss}, {"lost_records", source.lost_records}, {"policy", stops ? "stop" : "skip"}});
}

}  // namespace rekindle
