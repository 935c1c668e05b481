// Messages: what workers and leader tell each other, and their bytes on a topic.
//
// Every message stands for itself: counts are sums since the beginning, a state is whole, an order keeps its generation. So a
// lost, doubled or late message costs time and nothing else, and a compacted topic that keeps the newest of each key is enough
// for whoever was away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cluster/group_rate.hpp"
#include "cluster/replica.hpp"
#include "data/common_state.hpp"
#include "drift/response.hpp"
#include "drift/severity.hpp"

namespace rekindle::cluster {

using WorkerId = std::uint32_t;

// Key "worker K": the change of its weights since the model it adopted last, whole.
struct Publication {
  WorkerId worker = 0;
  std::uint64_t sequence = 0;  // From 1.
  std::uint64_t base = 0;      // Version of the model that the change is from.
  std::uint64_t samples = 0;   // That the change was learned from.
  std::uint64_t fresh = 0;     // Of these, learned on that model; the others before it was heard.
  GroupClock progress;         // Of this worker.
  ErrorSums errors;
  std::uint64_t divergences = 0;
  std::uint64_t poll = 0;  // The newest that it has answered, and how.
  bool drifted = false;
  bool single_precision = false;  // The weights are float32.
  CommonState change;
};

// A detector of this worker has fired.
struct Evidence {
  WorkerId worker = 0;
  std::uint64_t alarm = 0;  // From 1.
  GroupClock progress;
  DriftSeverity severity = DriftSeverity::mild;
  double size = 0;  // SeverityEstimate::size
  DriftKind kind = DriftKind::abrupt;
};

// The answer to a poll.
struct Vote {
  WorkerId worker = 0;
  std::uint64_t poll = 0;
  bool drifted = false;  // Its own error has risen as well.
};

// Something every worker does once, when it first hears of it.
struct Order {
  std::uint64_t generation = 0;
  bool restart = false;
  double forget = 0;
  bool for_all = true;
  WorkerId worker = 0;  // Where it is not for all.
};

// Key "round": the schedule from now on. `term` counts leaders; what an earlier one says after a later one was heard is
// ignored. `generation` counts what was done to the schedule, `round` the messages of this kind; neither ever goes back.
struct Round {
  std::uint64_t term = 0;
  std::uint64_t generation = 0;
  std::uint64_t round = 0;
  std::uint64_t version = 0;  // Of the newest model.
  GroupClock clock;           // The group's; the rate is the schedule's at it, and stays until the next round.
  double lr = 0;
  std::uint64_t sync = 0;     // Samples of each worker until its next publication; 0: as many as it was set to.
  std::uint64_t poll = 0;     // The newest drift to vote on; 0: none yet.
  std::vector<Order> orders;  // The newest, ascending by generation.
};

// Up to which publication a worker's changes are settled, and in which version: averaged in, or dropped for good.
struct Settled {
  std::uint64_t sequence = 0;
  std::uint64_t version = 0;
};

// Key "model".
struct Model {
  std::uint64_t term = 0;
  std::uint64_t version = 0;
  std::map<WorkerId, Settled> settled;
  bool single_precision = false;
  CommonState state;
};

// What the leader knows of one worker.
struct WorkerRecord {
  GroupClock progress;
  ErrorSums errors;
  std::uint64_t divergences = 0;
  double pace = 0;  // Samples, faded by each average.
  Settled settled;
  std::uint64_t heard_round = 0;                // The round in which it was heard last.
  std::uint64_t alarm = 0;                      // Its newest.
  std::optional<std::uint64_t> local_incident;  // Samples of its own at its newest drift of its own.
};

// Key "leader": with the newest round and model, all that another leader needs to go on.
struct Standing {
  Round round;
  std::map<WorkerId, WorkerRecord> workers;
  std::vector<std::byte> rate;  // As GroupRate saved it.
  std::vector<double> lengths;  // StepLength::values
  double scale = 1;             // For the number of workers, as far as it has risen.
  std::uint64_t live = 0;       // Workers.
  std::uint64_t begun = 0;      // Samples of the group when it last began anew.
  std::uint64_t incidents = 0;
  std::optional<std::uint64_t> global_incident;  // Samples of the group at the newest drift of all.
};

using Message = std::variant<Publication, Evidence, Vote, Round, Model, Standing>;

// Framed: a magic number, the kind, the length, the payload, its XXH3 checksum. Weights are sent in their own precision, a
// change of a few of many weights as index and value.
[[nodiscard]] std::vector<std::byte> encode(const Message& message);
// ErrorCode::data: not one of ours, cut short or damaged, or of as many weights: the zeros of a change are not sent, but made.
[[nodiscard]] Result<Message> decode(std::span<const std::byte> bytes, std::uint64_t most_weights = std::uint64_t{1} << 28);

}  // namespace rekindle::cluster
