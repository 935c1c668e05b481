#include "cluster/worker.hpp"

#include <algorithm>
#include <utility>

#include "cluster/averaging.hpp"

namespace rekindle::cluster {

Worker::Worker(WorkerSettings settings, Replica& replica, Round first)
    : settings_(settings),
      replica_(replica),
      round_(std::move(first)),
      version_(round_.version),
      model_term_(round_.term),
      base_(replica.common()),
      base_samples_(learned_samples()),
      adopted_at_(base_samples_),
      published_at_(base_samples_) {
  replica_.set_rate(round_.lr);
  begun_.push_back(round_);
}

Worker::Worker(WorkerSettings settings, Replica& replica, Round first, CommonState base) : Worker(settings, replica, std::move(first)) {
  base_ = std::move(base);
  base_samples_ = adopted_at_ = published_at_ = 0;
}

void Worker::learned() {
  if (history_.observe(replica_.errors())) answer_poll();
  begin_what_was_heard();
  if (replica_.at_batch_boundary() && learned_samples() >= published_at_ + publishes_after()) publish();
}

// Where messages take longer than a hurried round, publications would overtake what settles them.
std::uint64_t Worker::publishes_after() const {
  const bool hurries = round_.sync != 0 && unsettled_.size() < most_under_way;
  return hurries ? std::min(round_.sync, settings_.sync_samples) : settings_.sync_samples;
}

void Worker::alarmed(DriftSeverity severity, double size, DriftKind kind) {
  messages_.emplace_back(Evidence{settings_.id, ++alarms_, replica_.clock(), severity, size, kind});
}

void Worker::hear(const Round& round) {
  const auto& newest = waiting_round_ ? *waiting_round_ : round_;
  if (std::pair(round.term, round.round) <= std::pair(newest.term, newest.round)) {
    ++counters_.ignored;
    return;
  }
  waiting_round_ = round;
}

void Worker::hear(const Model& model) {
  const auto version = waiting_model_ ? waiting_model_->version : version_;
  if (model.term < std::max(model_term_, round_.term) || model.version <= version || !same_shape(model.state, base_)) {
    ++counters_.ignored;
    return;
  }
  waiting_model_ = model;
}

void Worker::begin_what_was_heard() {
  if (!replica_.at_batch_boundary()) return;
  if (waiting_model_) {
    adopt(*waiting_model_);
    waiting_model_.reset();
  }
  if (waiting_round_) {
    begin(*waiting_round_);
    waiting_round_.reset();
  }
}

void Worker::begin(const Round& round) {
  bool restart = false;
  double forget = 0;
  for (const auto& order : round.orders) {
    if (order.generation <= round_.generation || !(order.for_all || order.worker == settings_.id)) continue;
    restart = restart || order.restart;
    forget = std::max(forget, order.forget);
  }
  const bool polled = round.poll > round_.poll;
  round_ = round;
  ++counters_.rounds;
  begun_.push_back(round);
  if (restart || forget > 0) replica_.carry_out(restart, forget);
  replica_.set_rate(round.lr);
  if (!polled) return;
  history_.begin_poll();
  answer_poll();
}

void Worker::answer_poll() {
  const auto drifted = history_.answer();
  if (!drifted) return;
  answered_ = {settings_.id, round_.poll, *drifted};
  messages_.emplace_back(answered_);
}

// Takes out of the unsettled progress what the group has dealt with. False: nobody knows any more what that was.
bool Worker::take_settled_out(const Settled& settled, CommonState& progress, std::uint64_t& samples) {
  if (settled.sequence <= settled_) return true;
  settled_ = settled.sequence;
  const auto found = std::ranges::find(unsettled_, settled.sequence, &Unsettled::sequence);
  const bool known = found != unsettled_.end();
  if (known) {
    progress = difference(progress, found->change);
    samples -= found->samples;
  }
  unsettled_.clear();  // Those behind it are from a base that the leader takes no more.
  return known;
}

void Worker::adopt(const Model& model) {
  auto progress = difference(replica_.common(), base_);
  auto samples = learned_samples() - base_samples_;
  const auto settled = model.settled.find(settings_.id);
  bool keep = settled == model.settled.end() || take_settled_out(settled->second, progress, samples);
  if (keep && samples != 0 && model.version - version_ > settings_.max_staleness) keep = false;
  auto next = keep ? sum(model.state, progress) : model.state;
  if (!is_finite(next)) {
    keep = false;
    next = model.state;
  }
  if (!keep) {
    if (samples != 0) ++counters_.dropped;
    samples = 0;
    unsettled_.clear();
  }
  (void)replica_.adopt(next);  // `hear` has seen that it fits.
  base_ = model.state;
  base_samples_ = learned_samples() - samples;
  adopted_at_ = learned_samples();
  version_ = model.version;
  model_term_ = model.term;
  ++counters_.adopted;
}

void Worker::publish() {
  published_at_ = learned_samples();
  auto change = difference(replica_.common(), base_);
  const auto samples = published_at_ - base_samples_;
  if (!is_finite(change)) return;
  ++counters_.published;
  messages_.emplace_back(Publication{settings_.id, ++sequence_, version_, samples, published_at_ - adopted_at_, replica_.clock(),
                                     replica_.errors(), replica_.divergences(), answered_.poll, answered_.drifted,
                                     settings_.single_precision, change});
  unsettled_.push_back({sequence_, samples, std::move(change)});
  if (unsettled_.size() > most_unsettled) unsettled_.pop_front();
}

std::vector<Message> Worker::take_messages() { return std::exchange(messages_, {}); }
std::vector<Round> Worker::take_begun() { return std::exchange(begun_, {}); }

}  // namespace rekindle::cluster
