// Worker: one learner's side of the group's protocol, as a state machine: samples and messages in, messages out.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "cluster/drift_vote.hpp"
#include "cluster/messages.hpp"
#include "cluster/replica.hpp"

namespace rekindle::cluster {

struct WorkerSettings {
  WorkerId id = 0;
  std::uint64_t sync_samples = 5000;  // Learned, between two publications.
  std::uint64_t max_staleness = 2;    // Versions; progress from before is dropped.
  bool single_precision = false;
};

struct WorkerCounters {
  std::uint64_t published = 0;
  std::uint64_t adopted = 0;  // Models.
  std::uint64_t rounds = 0;   // Begun.
  std::uint64_t ignored = 0;  // Rounds and models that were older than what it had.
  std::uint64_t dropped = 0;  // Times that its own progress was too old to keep.
};

// The learner learns on whatever the group does. Its weights are always the model that it adopted last plus its own progress
// since; a new model takes the settled part of that progress out, and what is left goes on top of it. Rounds and models begin
// at a batch boundary.
class Worker {
 public:
  // `first`: what the topic holds when it joins; the replica is at its version.
  Worker(WorkerSettings settings, Replica& replica, Round first);
  // A replica that has begun to learn: what it was before is the base of its progress.
  Worker(WorkerSettings settings, Replica& replica, Round first, CommonState base);

  // After each sample that the replica has learned.
  void learned();
  // Its detector has fired.
  void alarmed(DriftSeverity severity, double size, DriftKind kind);
  void hear(const Round& round);
  void hear(const Model& model);
  // After all that there was to hear, before the next sample: the newest of it begins, where no batch is half full.
  void begin_what_was_heard();

  // What is to be sent, in this order; gone from here afterwards.
  [[nodiscard]] std::vector<Message> take_messages();
  // The rounds that have begun since the last call.
  [[nodiscard]] std::vector<Round> take_begun();

  // All but the settings, the counters and what was not taken yet; the replica is saved by its owner. ErrorCode::data: not ours.
  void save(ByteWriter& out) const;
  [[nodiscard]] Status load(ByteReader& in);

  [[nodiscard]] const Round& round() const { return round_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] const WorkerCounters& counters() const { return counters_; }

 private:
  struct Unsettled {
    std::uint64_t sequence = 0;
    std::uint64_t samples = 0;
    CommonState change;
  };
  void begin(const Round& round);
  void adopt(const Model& model);
  [[nodiscard]] bool take_settled_out(const Settled& settled, CommonState& progress, std::uint64_t& samples);
  [[nodiscard]] std::uint64_t publishes_after() const;
  void publish();
  void answer_poll();
  [[nodiscard]] std::uint64_t learned_samples() const { return replica_.clock().samples; }

  WorkerSettings settings_;
  Replica& replica_;
  Round round_;
  std::uint64_t version_;
  std::uint64_t model_term_ = 0;
  CommonState base_;            // The model that was adopted last.
  std::uint64_t base_samples_;  // Learned when the unsettled progress began.
  std::uint64_t adopted_at_;    // Learned when the model was adopted.
  std::uint64_t published_at_;  // Learned at the newest publication.
  std::uint64_t sequence_ = 0;
  std::uint64_t settled_ = 0;  // Sequence.
  std::deque<Unsettled> unsettled_;
  std::uint64_t alarms_ = 0;
  ErrorHistory history_;
  Vote answered_;  // The newest.
  std::optional<Round> waiting_round_;
  std::optional<Model> waiting_model_;
  std::vector<Message> messages_;
  std::vector<Round> begun_;
  WorkerCounters counters_;

  static constexpr std::size_t most_under_way = 3;
  static constexpr std::size_t most_unsettled = 8;
};

}  // namespace rekindle::cluster
