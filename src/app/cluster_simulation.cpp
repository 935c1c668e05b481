#include "app/cluster_simulation.hpp"

#include <algorithm>

#include "app/clock.hpp"
#include "base/hash.hpp"

namespace rekindle {

using cluster::Message;

struct ClusterSimulation::Seat {
  Seat(std::size_t seat_number, const ClusterSimulationOptions& options, const LearnerSpec& spec, const std::vector<std::string>& features)
      : number(seat_number),
        learner(spec, features),
        replica(learner),
        to_leader(options.faults, options.seed * 1'000'003 + 2 * seat_number),
        to_worker(options.faults, options.seed * 1'000'003 + 2 * seat_number + 1),
        speed(options.speeds.empty() ? 1 : options.speeds[seat_number]) {}

  std::size_t number;
  Learner learner;
  LearnerReplica replica;
  std::optional<cluster::Worker> worker;
  cluster::SimulatedLink to_leader;
  cluster::SimulatedLink to_worker;
  std::optional<cluster::Publication> on_topic;  // The newest that has arrived there.
  std::vector<std::size_t> samples;              // Of the recording, that are its.
  std::size_t next = 0;
  double speed;
  double credit = 0;  // Samples that it has time for.
  double seconds = 0;
};

namespace {
std::size_t severity_index(const std::string& name) { return name == "extreme" ? 2 : (name == "moderate" ? 1 : 0); }
DriftKind kind_of(const std::string& name) {
  const auto at = std::ranges::find(drift_kind_names, name);
  return at == drift_kind_names.end() ? DriftKind::abrupt : static_cast<DriftKind>(at - drift_kind_names.begin());
}
}  // namespace

ClusterSimulation::ClusterSimulation(ClusterSimulationOptions options, const LearnerSpec& spec, const std::vector<std::string>& features,
                                     const SampleTape& tape)
    : options_(std::move(options)), spec_(spec), tape_(tape), scores_(spec.schema.task) {
  std::ranges::sort(options_.leader_deaths);
  const auto learner = options_.workers == 1 ? spec_ : worker_spec(spec_);
  const double fastest = options_.speeds.empty() ? 1 : *std::ranges::max_element(options_.speeds);
  for (std::size_t k = 0; k < options_.workers; ++k) {
    seats_.push_back(std::make_unique<Seat>(k, options_, learner, features));
    seats_.back()->speed /= fastest;
  }
  deal(tape);
  if (options_.workers > 1) lead_first();
}

ClusterSimulation::~ClusterSimulation() = default;

void ClusterSimulation::deal(const SampleTape& tape) {
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const auto turn = options_.dealing == Dealing::by_partition ? tape.partition_of(i) : i;
    seats_[turn % seats_.size()]->samples.push_back(i);
  }
}

cluster::LeaderSettings ClusterSimulation::leader_settings() const {
  auto settings = rekindle::leader_settings(spec_);
  settings.sync_samples = options_.sync_samples;
  settings.max_staleness = options_.max_staleness;
  settings.scaling = options_.scaling;
  return settings;
}

void ClusterSimulation::lead_first() {
  std::vector<cluster::WorkerId> ids;
  for (const auto& seat : seats_) ids.push_back(static_cast<cluster::WorkerId>(seat->number));
  leader_ = std::make_unique<cluster::Leader>(leader_settings(), make_group_rate(spec_), seats_[0]->learner.common(), ids);
  // Whoever joins reads the topic first.
  for (const auto& message : leader_->take_messages()) {
    if (const auto* standing = std::get_if<cluster::Standing>(&message)) standing_ = *standing;
  }
  model_ = leader_->model();
  for (auto& seat : seats_) {
    const cluster::WorkerSettings settings{static_cast<cluster::WorkerId>(seat->number), options_.sync_samples, options_.max_staleness,
                                           spec_.member.precision != Precision::float64};
    seat->worker.emplace(settings, seat->replica, leader_->round());
  }
}

void ClusterSimulation::run(const std::function<void(const RoundBegun&)>& begun, const std::function<bool(std::uint64_t)>& stop) {
  begun_ = begun;
  for (auto& seat : seats_) report(*seat);
  std::uint64_t done = 0;
  for (bool left = true; left; tick_ += 1) {
    left = false;
    for (auto& seat : seats_) {
      const auto start = steady_now();
      hear_the_leader(*seat);
      for (seat->credit += seat->speed; seat->credit >= 1 && seat->next < seat->samples.size(); seat->credit -= 1) {
        work(*seat);
        if (++done % 4096 == 0 && stop(done)) return;
      }
      left = left || seat->next < seat->samples.size();
      seat->seconds += seconds_since(start);
    }
    const auto start = steady_now();
    if (leader_) hear_the_workers();
    leader_seconds_ += seconds_since(start);
  }
}

void ClusterSimulation::work(Seat& seat) {
  const auto sample = seat.samples[seat.next++];
  reached_ = std::max(reached_, sample);
  learn(seat, sample);
  if (seat.worker) {
    tell_the_leader(seat);
    while (deaths_ < options_.leader_deaths.size() && reached_ >= options_.leader_deaths[deaths_]) kill_leader();
  }
  report(seat);
}

void ClusterSimulation::learn(Seat& seat, std::size_t sample) {
  if (!tape_.read(sample, sample_)) return seat.learner.count_rejected();
  Rejection ignored;
  const auto outcome = seat.learner.observe(sample_, ignored);
  if (!outcome.accepted) return;
  if (outcome.labelled) scores_.observe(seat.learner.prediction(), outcome.target, outcome.loss);
  seat.replica.observed(outcome, sample_.time_ms);
  if (!seat.worker) return;
  for (const auto& event : seat.learner.events()) {
    const auto* opened = std::get_if<IncidentOpened>(&event);
    if (opened == nullptr) continue;
    const auto& incident = opened->incident;
    seat.worker->alarmed(static_cast<DriftSeverity>(severity_index(incident.severity)), incident.size, kind_of(incident.kind));
  }
  seat.worker->learned();
}

bool ClusterSimulation::is_away(const Seat& seat) const {
  if (seat.next == 0 || seat.next > seat.samples.size()) return false;
  const auto at = seat.samples[seat.next - 1];
  return std::ranges::any_of(options_.absences,
                             [&](const Absence& one) { return one.worker == seat.number && at >= one.from && at < one.to; });
}

// Nothing is lost on a topic: what comes while a worker is away waits there, and of a compacted one the newest is enough.
void ClusterSimulation::hear_the_leader(Seat& seat) {
  if (!seat.worker || is_away(seat)) return;
  for (const auto& bytes : seat.to_worker.receive(tick_)) {
    const auto message = cluster::decode(*bytes);
    if (const auto* round = std::get_if<cluster::Round>(&*message)) seat.worker->hear(*round);
    if (const auto* model = std::get_if<cluster::Model>(&*message)) seat.worker->hear(*model);
  }
  seat.worker->begin_what_was_heard();
  report(seat);
}

void ClusterSimulation::tell_the_leader(Seat& seat) {
  for (const auto& message : seat.worker->take_messages()) {
    if (is_away(seat)) continue;
    auto bytes = std::make_shared<const std::vector<std::byte>>(cluster::encode(message));
    traffic_.bytes += bytes->size();
    ++traffic_.messages;
    seat.to_leader.send(tick_, std::move(bytes));
  }
}

void ClusterSimulation::hear_the_workers() {
  for (auto& seat : seats_) {
    for (const auto& bytes : seat->to_leader.receive(tick_)) {
      const auto message = cluster::decode(*bytes);
      if (const auto* publication = std::get_if<cluster::Publication>(&*message)) {
        if (!seat->on_topic || publication->sequence > seat->on_topic->sequence) seat->on_topic = *publication;
      }
      for (auto* leader : {leader_.get(), zombie_.get()}) {
        if (leader == nullptr) continue;
        if (const auto* publication = std::get_if<cluster::Publication>(&*message)) leader->hear(*publication);
        if (const auto* evidence = std::get_if<cluster::Evidence>(&*message)) leader->hear(*evidence);
        if (const auto* vote = std::get_if<cluster::Vote>(&*message)) leader->hear(*vote);
        broadcast(*leader);
      }
    }
  }
}

// A leader that another has followed is fenced off by the broker, as a producer of an older epoch is.
void ClusterSimulation::broadcast(cluster::Leader& from) {
  for (const auto& message : from.take_messages()) {
    if (from.round().term < standing_->round.term) {
      ++traffic_.fenced;
      continue;
    }
    auto bytes = std::make_shared<const std::vector<std::byte>>(cluster::encode(message));
    if (const auto* standing = std::get_if<cluster::Standing>(&message)) {
      standing_ = *standing;
      traffic_.bytes += bytes->size();
      ++traffic_.messages;
      continue;
    }
    if (const auto* model = std::get_if<cluster::Model>(&message)) model_ = *model;
    traffic_.bytes += bytes->size() * seats_.size();
    traffic_.messages += seats_.size();
    for (auto& seat : seats_) seat->to_worker.send(tick_, bytes);
  }
}

void ClusterSimulation::kill_leader() {
  ++deaths_;
  const auto& incidents = leader_->incidents();
  incidents_.insert(incidents_.end(), incidents.begin(), incidents.end());
  stale_dropped_ += leader_->counters().stale_dropped;
  zombie_ = std::move(leader_);
  auto next = cluster::Leader::take_over(leader_settings(), make_group_rate(spec_), *standing_, *model_, standing_->round.term + 1);
  leader_ = *std::move(next);  // What it reads, it has written itself.
  broadcast(*leader_);
  for (auto& seat : seats_) {
    if (seat->on_topic) leader_->hear(*seat->on_topic);
  }
  broadcast(*leader_);
}

void ClusterSimulation::report(Seat& seat) {
  if (seat.worker) {
    for (auto& round : seat.worker->take_begun()) {
      rounds_ = std::max(rounds_, round.round);
      if (begun_) begun_({seat.number, std::move(round)});
    }
    return;
  }
  const auto& counters = seat.learner.counters();
  if (counters.learned < rounds_ * options_.sync_samples) return;
  cluster::Round round;
  round.round = ++rounds_;
  round.generation = counters.restarts_total();
  round.clock = seat.replica.clock();
  round.lr = seat.learner.lr();
  if (begun_) begun_({seat.number, std::move(round)});
}

const Learner& ClusterSimulation::learner(std::size_t worker) const { return seats_[worker]->learner; }

const cluster::Worker* ClusterSimulation::worker(std::size_t worker) const {
  return seats_[worker]->worker ? &*seats_[worker]->worker : nullptr;
}

double ClusterSimulation::seconds_side_by_side() const {
  double busiest = 0;
  for (const auto& seat : seats_) busiest = std::max(busiest, seat->seconds);
  return busiest + leader_seconds_;
}

std::uint64_t ClusterSimulation::stale_dropped() const {
  std::uint64_t total = stale_dropped_ + (leader_ ? leader_->counters().stale_dropped : 0);
  for (const auto& seat : seats_) total += seat->worker ? seat->worker->counters().dropped : 0;
  return total;
}

std::vector<cluster::GroupIncident> ClusterSimulation::incidents() const {
  auto all = incidents_;
  if (leader_) all.insert(all.end(), leader_->incidents().begin(), leader_->incidents().end());
  return all;
}

std::string ClusterSimulation::state_hash() const {
  if (!leader_) return seats_[0]->learner.state_hash();
  ByteWriter all;
  for (const auto& seat : seats_) all.put_string(seat->learner.state_hash());
  all.put_array(cluster::encode(leader_->standing()));
  all.put_array(cluster::encode(leader_->model()));
  return hash128_hex(all.bytes());
}

}  // namespace rekindle
