// The one drift decision of a group: of all its partitions, or of one.
#include <algorithm>
#include <array>

#include "cluster/leader.hpp"
#include "drift/severity.hpp"

namespace rekindle::cluster {

namespace {

constexpr std::array<const char*, 3> severities = {"mild", "moderate", "extreme"};
constexpr double chance = 0.5;  // Of the errors that workers tell, taken for what a learner that knows nothing would have.

// What a group does of a response: it has no trials, so a copy that would stand on trial acts at once.
bool begins_anew(const Response& response) { return response.restart || !response.trial.empty(); }

}  // namespace

// Rounds begin at the group's clock, so the time since the newest drift of all is known to a round.
bool Leader::in_cooldown(const WorkerRecord& record) const {
  const auto workers = std::max<std::uint64_t>(1, live_);
  const bool after_global = global_incident_ && round_.clock.samples < *global_incident_ + settings_.cooldown * workers;
  return after_global || (record.local_incident && record.progress.samples < *record.local_incident + settings_.cooldown);
}

void Leader::hear(const Evidence& evidence) {
  auto& record = *heard(evidence.worker, evidence.progress);
  if (evidence.alarm <= record.alarm) return;
  record.alarm = evidence.alarm;
  if (!settings_.policy) return;
  if (case_) {
    if (evidence.size > case_->size) {
      case_->size = evidence.size;
      case_->severity = evidence.severity;
    }
    return count_vote(evidence.worker, true);
  }
  if (!in_cooldown(record)) open_case(evidence);
}

// The time since the newest drift of all is counted as one learner would: all samples are of one stream here.
void Leader::look_at_all_errors() {
  if (!settings_.policy || (global_incident_ && clock_heard().samples < *global_incident_ + settings_.cooldown)) return;
  const auto rise = errors_.rise();
  if (!rise) return;
  const double size = severity_size(rise->after, rise->before, chance);
  if (!case_) {
    Evidence first;
    first.worker = rise->worker;
    case_ = Case{0, round_.clock.samples, first, size, severity_grade(size), {}};  // Nobody need be asked.
  }
  for (const auto& [worker, risen] : rise->votes) case_->votes[worker] = case_->votes[worker] || risen;
  decide(true);
}

void Leader::open_case(const Evidence& evidence) {
  case_ = Case{++round_.poll, round_.clock.samples, evidence, evidence.size, evidence.severity, {{evidence.worker, true}}};
  // One that has drifted by itself a moment ago need not be asked.
  for (const auto& [worker, record] : workers_) {
    if (record.local_incident && record.progress.samples < *record.local_incident + settings_.cooldown) case_->votes[worker] = true;
  }
  begin_round();
  decide_if_clear(false);
}

void Leader::hear(const Vote& vote) {
  if (!workers_.contains(vote.worker) || !case_ || vote.poll != case_->poll) return;
  count_vote(vote.worker, vote.drifted);
}

// A detector that has fired is not outvoted by its own worker's test.
void Leader::count_vote(WorkerId worker, bool drifted) {
  auto& known = case_->votes[worker];
  known = known || drifted;
  decide_if_clear(false);
}

void Leader::decide_if_clear(bool expired) {
  std::uint64_t live = 0;
  std::uint64_t votes_for = 0;
  std::uint64_t votes_against = 0;
  for (const auto& [worker, record] : workers_) {
    const auto vote = case_->votes.find(worker);
    live += is_live(record) || vote != case_->votes.end() ? 1 : 0;
    if (vote == case_->votes.end()) continue;
    ++(vote->second ? votes_for : votes_against);
  }
  if (2 * votes_for > live) return decide(true);
  if (2 * votes_against >= live || expired) return decide(false);
}

void Leader::decide(bool global) {
  const auto judged = *std::exchange(case_, std::nullopt);
  GroupIncident incident;
  incident.id = ++incidents_total_;
  incident.clock = clock_heard();
  incident.global = global;
  incident.worker = judged.first.worker;
  incident.severity = severities[static_cast<std::size_t>(judged.severity)];
  incident.lr_before = round_.lr;
  for (const auto& [worker, drifted] : judged.votes) ++(drifted ? incident.votes_for : incident.votes_against);
  const auto response = settings_.policy->decide({judged.severity, judged.size, judged.first.kind});
  if (global) {
    global_incident_ = clock_heard().samples;
    errors_.clear();  // What is usual has to be seen anew.
    answer_global(response, incident);
  } else {
    auto& record = workers_[incident.worker];
    record.local_incident = record.progress.samples;
    answer_local(response, incident);
  }
  incident.lr_after = round_.lr;
  incidents_.push_back(std::move(incident));
}

void Leader::answer_global(const Response& response, GroupIncident& incident) {
  incident.response = "hold";
  before_ = as_it_is();
  if (begins_anew(response)) {
    incident.response = "restart";
    // A warm-up that is over before a round is would hold the whole round at its first step.
    rate_->restart(round_.clock, response.warmup > static_cast<double>(settings_.sync_samples * live_) ? response.warmup : 0);
    return order({.restart = true, .forget = 1});
  }
  const bool bumped = response.bump != 1 && rate_->bump(round_.clock, response.bump, response.decay_stretch);
  if (!bumped && response.forget <= 0) return;
  incident.response = bumped ? "bump" : "reset";
  order({.forget = response.forget});
}

// The rate is the group's; a worker alone only drops what its optimizer remembers of the old data.
void Leader::answer_local(const Response& response, GroupIncident& incident) {
  incident.response = "hold";
  const double forget = begins_anew(response) ? 1 : response.forget;
  if (forget <= 0) return;
  incident.response = "reset";
  order({.forget = forget, .for_all = false, .worker = incident.worker});
}

}  // namespace rekindle::cluster
