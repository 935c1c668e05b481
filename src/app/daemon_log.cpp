// What a daemon says in its log.
#include <utility>

#include "app/clock.hpp"
#include "app/daemon.hpp"
#include "app/event_json.hpp"
#include "app/log.hpp"
#include "http/status_json.hpp"

namespace rekindle {

// At most one line a second for each reason, with the number of those not shown.
void Daemon::log_rejected(const RawRecord& record, const Rejection& why) {
  const auto reason = static_cast<std::size_t>(why.reason);
  const auto not_shown = rejected_limits_[reason].admit(steady_now());
  if (!not_shown) return;
  const auto* then = configuration_.source.on_error == OnError::stop ? "stop" : (dead_letters_ ? "dead letter" : "skipped");
  log_event(LogLevel::warn, "record_rejected",
            {{"topic", record.topic},
             {"partition", record.partition},
             {"offset", record.offset},
             {"reason", to_string(why.reason)},
             {"detail", why.detail},
             {"then", then},
             {"not_shown", *not_shown}});
}

void Daemon::log_events() {
  for (const auto& event : session_.learner()->events()) {
    feed_.add(event);
    if (outputs_.writes_events()) {
      const auto [type, fields] = event_json(event);
      send_event(type, fields);
    }
    if (const auto* opened = std::get_if<IncidentOpened>(&event)) {
      const auto& i = opened->incident;
      last_drift_seconds_ = wall_seconds();
      ahead_sent_ = 0;
      log_event(LogLevel::warn, "drift",
                {{"incident", i.id},
                 {"sample", i.sample},
                 {"detector", i.detector},
                 {"severity", i.severity},
                 {"response", i.response},
                 {"mean_before", i.mean_before},
                 {"mean_after", i.mean_after},
                 {"lr_before", i.lr_before},
                 {"lr_after", i.lr_after}});
    } else if (const auto* recovered = std::get_if<IncidentRecovered>(&event)) {
      const auto& i = recovered->incident;
      log_event(LogLevel::info, "recovered",
                {{"incident", i.id},
                 {"after", i.recovered_after.value_or(0)},
                 {"loss_before", i.loss_before.value_or(0)},
                 {"loss_peak", i.loss_peak.value_or(0)}});
    } else if (const auto* skipped = std::get_if<UpdateSkipped>(&event)) {
      if (const auto not_shown = skipped_limit_.admit(steady_now())) {
        log_event(LogLevel::warn, "update_skipped",
                  {{"sample", skipped->sample},
                   {"lr", skipped->lr},
                   {"reason", "loss, gradient or weight not finite"},
                   {"not_shown", *not_shown}});
      }
    } else if (const auto* diverged = std::get_if<Diverged>(&event)) {
      log_event(LogLevel::warn, "diverged",
                {{"sample", diverged->sample},
                 {"lr_before", diverged->lr_before},
                 {"lr_after", diverged->lr_after},
                 {"then", diverged->rolled_back ? "lr cut, rolled back to the last good state" : "lr cut"},
                 {"hold", diverged->held ? 1 : 0}});
    } else if (const auto* plateau = std::get_if<PlateauMet>(&event)) {
      log_event(LogLevel::info, plateau->is_bump() ? "plateau_bump" : "plateau",
                {{"sample", plateau->sample}, {"lr_before", plateau->lr_before}, {"lr_after", plateau->lr_after}});
    } else if (const auto* replaced = std::get_if<ChampionReplaced>(&event)) {
      log_event(LogLevel::info, "replaced",
                {{"sample", replaced->sample}, {"by", replaced->by}, {"lr_before", replaced->lr_before}, {"lr_after", replaced->lr_after}});
    } else if (const auto* undone = std::get_if<ResponseRolledBack>(&event)) {
      log_event(LogLevel::warn, "rolled_back",
                {{"sample", undone->sample}, {"reason", undone->reason}, {"lr_before", undone->lr_before}, {"lr_after", undone->lr_after}});
    } else if (const auto* added = std::get_if<ClassAdded>(&event)) {
      // Its name comes from the samples: that is for /status and the topic of events.
      if (const auto not_shown = class_limit_.admit(steady_now())) {
        log_event(LogLevel::info, "class_added", {{"index", added->index}, {"not_shown", *not_shown}});
      }
    }
  }
}

// Says so in the log when the daemon gets ready, and each time the reason why it is not is another one.
void Daemon::log_readiness(const StatusSnapshot& snapshot) {
  auto reasons = snapshot.not_ready;
  std::erase(reasons, paused_by_command);  // Is a command's doing, and has its own line.
  const auto reason = fmt::format("{}", fmt::join(reasons, "; "));
  if (!source_ || snapshot.stopping || reason == not_ready_) return;
  not_ready_ = reason;
  service_.status(reason.empty() ? "learning" : reason);
  if (reason.empty()) {
    log_event(LogLevel::info, "ready", {});
  } else {
    log_event(LogLevel::warn, "not_ready", {{"reason", reason}});
  }
}

void Daemon::log_health(const HealthStatus& health) {
  if (health.verdict.empty() || health.verdict == verdict_ || !verdict_limit_.admit(steady_now())) return;
  verdict_ = health.verdict;
  const bool well = verdict_ == "helping" || verdict_ == "neutral";
  log_event(well ? LogLevel::info : LogLevel::warn, "schedule_health",
            {{"verdict", health.verdict}, {"cause", health.cause}, {"remedy", health.remedy}});
}

}  // namespace rekindle
