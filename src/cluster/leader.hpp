// Leader: the side of the group's protocol that decides: the model, the schedule, and what a drift is answered with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/group_rate.hpp"
#include "cluster/messages.hpp"
#include "drift/policy.hpp"

namespace rekindle::cluster {

enum class RateScaling : std::uint8_t { none, linear, root };  // With the number of workers.

struct LeaderSettings {
  std::uint64_t sync_samples = 5000;
  std::uint64_t max_staleness = 2;  // Versions; an older change is dropped.
  bool single_precision = false;
  RateScaling scaling = RateScaling::none;
  std::uint64_t cooldown = 1000;                        // Samples of one worker after a drift of all in which no other counts.
  std::shared_ptr<const DriftPolicy> policy = nullptr;  // Null: drifts are not answered.
};

// One drift, as the group has judged it.
struct GroupIncident {
  std::uint64_t id = 0;  // From 1.
  GroupClock clock;      // The group's, when it was decided.
  bool global = false;   // Else it is of one worker's partitions alone.
  WorkerId worker = 0;   // Whose detector fired first.
  std::uint64_t votes_for = 0;
  std::uint64_t votes_against = 0;
  std::string severity;  // mild | moderate | extreme
  std::string response;  // hold | bump | restart; local: hold | reset
  double lr_before = 0;
  double lr_after = 0;
};

struct LeaderCounters {
  std::uint64_t combined = 0;  // Changes that were averaged in.
  std::uint64_t stale_dropped = 0;
  std::uint64_t unusable = 0;  // Of another shape, or not finite.
  std::uint64_t restarts = 0;
  std::uint64_t resets = 0;
};

// A round of averaging ends when every live worker has published, or one has published `max_staleness + 1` times: nobody waits
// for a slow or absent worker for long. A change counts by its share of the samples, over one more than its staleness in versions.
// A worker that was not heard for `max_staleness + 2` rounds is not live until it is heard again.
//
// A drift is of all when more than half of the live workers say so, and of one when half of them say no, or when the cool-down
// has passed without a majority.
//
// The rate of a round is the schedule's at the group's clock when the round begins. With `scaling` it goes with the number of
// live workers, rising over five rounds and falling at once.
class Leader {
 public:
  // The first leader of a new group; `initial` is what every worker starts from.
  Leader(LeaderSettings settings, std::unique_ptr<GroupRate> rate, CommonState initial, const std::vector<WorkerId>& workers);
  // One that takes over from what the topic holds.
  [[nodiscard]] static Result<std::unique_ptr<Leader>> take_over(LeaderSettings settings, std::unique_ptr<GroupRate> rate,
                                                                 const Standing& standing, Model model, std::uint64_t term);

  void hear(const Publication& publication);
  void hear(const Evidence& evidence);
  void hear(const Vote& vote);

  // What an operator says; true: something changed.
  void restart();
  void reset();
  bool bump(double factor);
  void pin(std::optional<double> lr);

  [[nodiscard]] const Round& round() const { return round_; }
  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] Standing standing() const;
  [[nodiscard]] std::uint64_t live_workers() const;
  [[nodiscard]] const std::vector<GroupIncident>& incidents() const { return incidents_; }
  [[nodiscard]] const LeaderCounters& counters() const { return counters_; }

  // Models before rounds; gone from here afterwards.
  [[nodiscard]] std::vector<Message> take_messages();

 private:
  struct Case {  // A drift that is being voted on.
    std::uint64_t poll = 0;
    std::uint64_t opened = 0;  // Samples of the group.
    Evidence first;
    double size = 0;  // The largest.
    DriftSeverity severity = DriftSeverity::mild;
    std::map<WorkerId, bool> votes;
  };
  Leader(LeaderSettings settings, std::unique_ptr<GroupRate> rate);
  [[nodiscard]] WorkerRecord* heard(WorkerId worker, const GroupClock& progress);
  [[nodiscard]] bool is_live(const WorkerRecord& record) const;
  void learn_of(WorkerRecord& record, const Publication& publication);
  void accept(const Publication& publication, WorkerRecord& record);
  [[nodiscard]] bool average_is_due() const;
  [[nodiscard]] double samples_of_all() const;
  void average();
  void begin_round();
  void follow_live_workers();
  [[nodiscard]] double scale_of(std::uint64_t workers) const;
  void order(Order order);
  void send_model();

  void count_vote(WorkerId worker, bool drifted);
  void open_case(const Evidence& evidence);
  void decide_if_clear(bool expired);
  void decide(bool global);
  void answer_global(const Response& response, GroupIncident& incident);
  void answer_local(const Response& response, GroupIncident& incident);
  [[nodiscard]] bool in_cooldown(const WorkerRecord& record) const;

  LeaderSettings settings_;
  std::unique_ptr<GroupRate> rate_;
  Round round_;
  Model model_;
  std::map<WorkerId, WorkerRecord> workers_;
  std::map<WorkerId, Publication> pending_;  // To be averaged.
  std::uint64_t live_ = 0;
  double scale_ = 1;
  double scale_from_ = 1;  // Where the rise began.
  std::uint64_t incidents_total_ = 0;
  std::optional<std::uint64_t> global_incident_;
  std::optional<Case> case_;
  double losses_ = 0;  // Since the schedule saw them last.
  std::uint64_t losses_count_ = 0;
  std::vector<GroupIncident> incidents_;
  LeaderCounters counters_;
  std::vector<Message> messages_;

  static constexpr std::size_t most_orders = 16;
  static constexpr double rise_rounds = 5;
  static constexpr double pace_fade = 0.8;  // An average.
};

}  // namespace rekindle::cluster
