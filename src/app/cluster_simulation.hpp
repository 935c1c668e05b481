// ClusterSimulation: a group of workers in one process over a recording, with delays, losses, absences and dying leaders.
// The same options and seed give the same bits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cluster_replica.hpp"
#include "app/sample_tape.hpp"
#include "cluster/leader.hpp"
#include "cluster/simulated_link.hpp"
#include "cluster/worker.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// A worker hears nothing and is not heard while it learns these samples of the recording; it learns on by itself.
struct Absence {
  std::size_t worker = 0;
  std::size_t from = 0;
  std::size_t to = 0;  // Not included.
};

enum class Dealing : std::uint8_t { by_partition, round_robin };

struct ClusterSimulationOptions {
  std::size_t workers = 2;
  std::vector<double> speeds;  // Of each worker, relative; empty: all alike.
  cluster::NetworkFaults faults;
  std::vector<Absence> absences;
  // The leader dies when a worker has come to this sample of the recording. Its messages are under way still, and it goes on as
  // if it led: what it says afterwards is fenced off.
  std::vector<std::size_t> leader_deaths;
  std::uint64_t seed = 42;
  std::uint64_t sync_samples = 5000;
  std::uint64_t max_staleness = 2;
  cluster::RateScaling scaling = cluster::RateScaling::none;
  Dealing dealing = Dealing::round_robin;
};

struct Traffic {
  std::uint64_t bytes = 0;  // Of all messages, each as often as it was sent to somebody.
  std::uint64_t messages = 0;
  std::uint64_t fenced = 0;  // Of leaders that no longer were.
};

// A worker has begun a round.
struct RoundBegun {
  std::size_t worker = 0;
  cluster::Round round;
};

class ClusterSimulation {
 public:
  // One worker is the plain learner: it has nobody to agree with.
  ClusterSimulation(ClusterSimulationOptions options, const LearnerSpec& spec, const std::vector<std::string>& features,
                    const SampleTape& tape);
  ~ClusterSimulation();

  // To the end of the recording; `stop` is asked now and then.
  void run(const std::function<void(const RoundBegun&)>& begun, const std::function<bool(std::uint64_t done)>& stop);

  [[nodiscard]] std::size_t workers() const { return seats_.size(); }
  [[nodiscard]] const Learner& learner(std::size_t worker) const;
  // Null where there is one worker alone.
  [[nodiscard]] const cluster::Worker* worker(std::size_t worker) const;
  [[nodiscard]] const cluster::Leader* leader() const { return leader_.get(); }
  // Of all workers' predictions, in the order in which they were made.
  [[nodiscard]] const Scores& scores() const { return scores_; }
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }
  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }
  // What it would take if each worker had a processor of its own: the busiest one's share of the time, and the leader's on top.
  [[nodiscard]] double seconds_side_by_side() const;
  [[nodiscard]] std::uint64_t stale_dropped() const;
  [[nodiscard]] std::vector<cluster::GroupIncident> incidents() const;
  // Of one worker: its learner's. Of several: over all of theirs and the leader's.
  [[nodiscard]] std::string state_hash() const;

 private:
  struct Seat;
  void deal(const SampleTape& tape);
  void lead_first();
  void work(Seat& seat);
  void learn(Seat& seat, std::size_t sample);
  void hear_the_leader(Seat& seat);
  void tell_the_leader(Seat& seat);
  void hear_the_workers();
  void broadcast(cluster::Leader& from);
  void kill_leader();
  void report(Seat& seat);
  [[nodiscard]] bool is_away(const Seat& seat) const;
  [[nodiscard]] cluster::LeaderSettings leader_settings() const;

  ClusterSimulationOptions options_;
  LearnerSpec spec_;
  const SampleTape& tape_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::unique_ptr<cluster::Leader> leader_;
  std::unique_ptr<cluster::Leader> zombie_;
  // What the compacted topics hold.
  std::optional<cluster::Standing> standing_;
  std::optional<cluster::Model> model_;
  Scores scores_;
  Traffic traffic_;
  std::uint64_t stale_dropped_ = 0;                // By leaders that are no more.
  std::vector<cluster::GroupIncident> incidents_;  // Likewise.
  std::size_t deaths_ = 0;
  std::uint64_t rounds_ = 0;
  double tick_ = 0;
  double leader_seconds_ = 0;
  std::size_t reached_ = 0;  // The farthest sample of the recording.
  Sample sample_;
  std::function<void(const RoundBegun&)> begun_;
};

}  // namespace rekindle
