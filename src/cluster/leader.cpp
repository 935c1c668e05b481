#include "cluster/leader.hpp"

#include <algorithm>
#include <utility>

#include "cluster/averaging.hpp"

namespace rekindle::cluster {

Leader::Leader(LeaderSettings settings, std::unique_ptr<GroupRate> rate)
    : settings_(std::move(settings)), rate_(std::move(rate)), step_length_(settings_.parts) {}

Leader::Leader(LeaderSettings settings, std::unique_ptr<GroupRate> rate, CommonState initial, const std::vector<WorkerId>& workers)
    : Leader(std::move(settings), std::move(rate)) {
  model_.single_precision = settings_.single_precision;
  model_.state = std::move(initial);
  for (const auto worker : workers) workers_[worker];
  round_.term = model_.term = 1;
  live_ = workers.size();
  begin_round();
}

WorkerRecord* Leader::heard(WorkerId worker, const GroupClock& progress) {
  auto& record = workers_[worker];  // One that joins is known from its first message on.
  record.heard_round = round_.round;
  // Counts only grow, so that an old message takes nothing back.
  record.progress.updates = std::max(record.progress.updates, progress.updates);
  if (progress.samples > record.progress.samples) {
    record.pace += static_cast<double>(progress.samples - record.progress.samples);
    record.progress.samples = progress.samples;
  }
  record.progress.time_ms = std::max(record.progress.time_ms, progress.time_ms);
  return &record;
}

bool Leader::is_live(const WorkerRecord& record) const {
  const bool hurries = round_.sync != 0 && round_.sync < settings_.sync_samples;
  return hurries || round_.round <= record.heard_round + settings_.max_staleness + 2;
}

std::uint64_t Leader::sync_now() const {
  const auto most = settings_.sync_samples;
  if (!settings_.hurries) return most;
  const auto since =
      (round_.clock.samples - std::min(begun_, round_.clock.samples)) / (rounds_of_the_past * std::max<std::uint64_t>(1, live_));
  return std::clamp(since, std::min(most, std::max(least_sync, most / most_hurry)), most);
}

std::uint64_t Leader::live_workers() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(workers_, [&](const auto& one) { return is_live(one.second); }));
}

void Leader::hear(const Publication& publication) {
  if (!same_shape(publication.change, model_.state) || !is_finite(publication.change) || publication.samples == 0) {
    ++counters_.unusable;
    return;
  }
  auto& record = *heard(publication.worker, publication.progress);
  learn_of(record, publication);
  if (publication.poll != 0) hear(Vote{publication.worker, publication.poll, publication.drifted});
  accept(publication, record);
  look_at_all_errors();
  if (average_is_due()) average();
}

// What it tells beside the change.
void Leader::learn_of(WorkerRecord& record, const Publication& publication) {
  if (publication.errors.count > record.errors.count) {
    errors_.observe(publication.worker, publication.errors);
    losses_ += publication.errors.losses - record.errors.losses;
    losses_count_ += publication.errors.count - record.errors.count;
    record.errors = publication.errors;
  }
  if (publication.divergences > record.divergences) {
    record.divergences = publication.divergences;
    rate_->cut();
    ++round_.generation;
    begin_round();
  }
}

void Leader::accept(const Publication& publication, WorkerRecord& record) {
  // From a base before its settled changes: it holds them too, and nobody could tell them apart. It has to hear the model first.
  if (publication.base < record.settled.version) return send_model();
  const auto pending = pending_.find(publication.worker);
  const auto newest = pending == pending_.end() ? record.settled.sequence : pending->second.sequence;
  if (publication.sequence <= newest || publication.base > model_.version) return;
  if (model_.version - publication.base > settings_.max_staleness) {
    ++counters_.stale_dropped;
    record.settled = {publication.sequence, model_.version};
    return send_model();
  }
  pending_[publication.worker] = publication;
}

bool Leader::average_is_due() const {
  if (pending_.empty()) return false;
  // What was published before a round that hurries was heard may be of as many samples as no round has asked for.
  const auto most = std::max((settings_.max_staleness + 1) * round_.sync, 2 * settings_.sync_samples);
  if (std::ranges::any_of(pending_, [&](const auto& one) { return one.second.samples >= most; })) return true;
  return std::ranges::all_of(workers_, [&](const auto& one) { return !is_live(one.second) || pending_.contains(one.first); });
}

// Of those that have published and of those that have not: these count as having changed nothing with as many samples as they
// are used to bring meanwhile. Changes that come one after the other would else be added where they should be averaged.
double Leader::samples_of_all() const {
  double samples = 0;
  double pace = 0;
  for (const auto& [worker, publication] : pending_) {
    samples += static_cast<double>(publication.samples);
    pace += workers_.at(worker).pace;
  }
  double missing = 0;
  for (const auto& [worker, record] : workers_) {
    if (!is_live(record) || pending_.contains(worker)) continue;
    missing += record.progress.samples == 0 ? pace / static_cast<double>(pending_.size()) : record.pace;
  }
  return samples * (1 + (pace > 0 ? missing / pace : 0));
}

double Leader::fresh_share() const {
  double fresh = 0;
  double all = 0;
  for (const auto& [worker, publication] : pending_) {
    fresh += static_cast<double>(std::min(publication.fresh, publication.samples));
    all += static_cast<double>(publication.samples);
  }
  return fresh / all;
}

void Leader::average() {
  const double total = samples_of_all();
  const double fresh = fresh_share();
  std::vector<WeightedChange> changes;
  for (const auto& [worker, publication] : pending_) {
    const double whole = 1 / (1 + static_cast<double>(model_.version - publication.base));
    changes.push_back({&publication.change, whole * static_cast<double>(publication.samples) / total, whole});
    workers_[worker].settled = {publication.sequence, model_.version + 1};
  }
  for (auto& [worker, record] : workers_) record.pace *= pace_fade;
  counters_.combined += changes.size();
  auto mean = mean_of(changes);
  step_length_.observe(mean, fresh);
  auto step = step_of(std::move(mean), changes, step_length_, fresh);
  model_.state = moved(model_.state, changes, step, settings_.single_precision);
  step_length_.went(std::move(step));
  ++model_.version;
  pending_.clear();
  if (losses_count_ != 0) {
    rate_->observe_loss(losses_ / static_cast<double>(losses_count_), losses_count_);
    losses_ = 0;
    losses_count_ = 0;
  }
  send_model();
  begin_round();
  if (case_) decide_if_clear(round_.clock.samples > case_->opened + settings_.cooldown * std::max<std::uint64_t>(1, live_));
}

double Leader::scale_of(std::uint64_t workers) const {
  const auto count = std::max(1.0, static_cast<double>(workers));
  switch (settings_.scaling) {
    case RateScaling::none: break;
    case RateScaling::linear: return count;
    case RateScaling::root: return std::sqrt(count);
  }
  return 1;
}

// Goyal et al. 2017: a rate for more workers is too large at once.
void Leader::follow_live_workers() {
  const auto live = std::max<std::uint64_t>(1, live_workers());
  if (live != live_) {
    live_ = live;
    scale_from_ = scale_;
    ++round_.generation;
  }
  const double target = scale_of(live_);
  scale_ = target <= scale_ ? target : std::min(target, scale_ + (target - scale_from_) / rise_rounds);
  rate_->set_scale(scale_);
}

GroupClock Leader::clock_heard() const {
  GroupClock clock;
  for (const auto& [worker, record] : workers_) {
    clock.updates += record.progress.updates;
    clock.samples += record.progress.samples;
    clock.time_ms = std::max(clock.time_ms, record.progress.time_ms);
  }
  return clock;
}

void Leader::begin_round() {
  ++round_.round;
  round_.version = model_.version;
  round_.clock = clock_heard();
  follow_live_workers();
  round_.sync = sync_now();
  round_.lr = rate_->rate(round_.clock);
  messages_.emplace_back(round_);
  messages_.emplace_back(standing());
}

void Leader::send_model() {
  model_.term = round_.term;
  for (const auto& [worker, record] : workers_) model_.settled[worker] = record.settled;
  messages_.emplace_back(model_);
}

void Leader::order(Order order) {
  order.generation = ++round_.generation;
  if (order.restart) begun_ = clock_heard().samples;
  counters_.restarts += order.restart ? 1 : 0;
  counters_.resets += order.forget > 0 ? 1 : 0;
  round_.orders.push_back(order);
  if (round_.orders.size() > most_orders) round_.orders.erase(round_.orders.begin());
  begin_round();
}

Leader::Before Leader::as_it_is() const {
  ByteWriter rate;
  rate_->save(rate);
  return {model_.state, rate.take()};
}

bool Leader::rollback() {
  if (!before_) return false;
  const auto before = *std::exchange(before_, std::nullopt);
  model_.state = before.state;
  ++model_.version;
  for (const auto& [worker, publication] : pending_) workers_[worker].settled = {publication.sequence, model_.version};
  pending_.clear();
  step_length_.forget();
  ByteReader rate(before.rate);
  rate_->load(rate, round_.clock);
  ++counters_.rollbacks;
  ++round_.generation;
  send_model();
  begin_round();
  return true;
}

void Leader::restart() {
  before_ = as_it_is();
  rate_->restart(round_.clock, 0);
  order({.restart = true});
}

void Leader::reset() {
  before_ = as_it_is();
  order({.forget = 1});
}

bool Leader::bump(double factor) {
  auto before = as_it_is();
  if (!rate_->bump(round_.clock, factor, 1)) return false;
  before_ = std::move(before);
  ++round_.generation;
  begin_round();
  return true;
}

void Leader::pin(std::optional<double> lr) {
  rate_->pin(lr);
  ++round_.generation;
  begin_round();
}

std::vector<Message> Leader::take_messages() { return std::exchange(messages_, {}); }

}  // namespace rekindle::cluster
