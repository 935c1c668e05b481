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
#include "cluster/pooled_errors.hpp"
#include "cluster/step_length.hpp"
#include "drift/policy.hpp"

namespace rekindle::cluster {

enum class RateScaling : std::uint8_t { none, linear, root };  // With the number of workers.

struct LeaderSettings {
  std::uint64_t sync_samples = 5000;
  std::uint64_t max_staleness = 2;  // Versions; an older change is dropped.
  bool single_precision = false;
  RateScaling scaling = RateScaling::none;
  bool hurries = true;            // After a beginning and a restart.
  std::size_t parts = 1;          // Of equal size that the weights are made of: members of a portfolio. 0: the plain mean.
  std::uint64_t cooldown = 1000;  // Samples of one worker after a drift of all in which no other counts.
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
  std::uint64_t rollbacks = 0;
};

// A round of averaging ends when every live worker has published, or one has published `max_staleness + 1` times, at least twice: nobody
// waits for a slow or absent worker for long. In the mean a change counts by its share of the samples, over one more than its staleness
// in versions; the group goes between that mean and the sum of the changes (StepLength).
// A worker that was not heard for `max_staleness + 2` rounds is not live until it is heard again.
//
// Where everything has to be learned anew, at the beginning and after a restart, rounds come often at first: each lasts an eighth of
// the time since, until that is `sync_samples`; no less than a sixteenth of them, or five. Nobody is taken for gone meanwhile.
//
// A drift is of all when the errors of all together have risen (PooledErrors), at once. Where a detector of one worker fires before that
// shows, the others are asked: it is of all when more than half of the live workers say so, and of one when half of them say no, or when
// the cool-down has passed without a majority.
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

  void answer_with(std::shared_ptr<const DriftPolicy> policy) { settings_.policy = std::move(policy); }
  // What an operator says; true: something changed.
  void restart();
  void reset();
  bool bump(double factor);
  // The model and the schedule before the newest restart, reset or bump, a drift's or an operator's; what was published meanwhile is
  // dropped. False: there was none since this leader began to lead.
  bool rollback();
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
  struct Before {  // A command or a drift.
    CommonState state;
    std::vector<std::byte> rate;
  };
  Leader(LeaderSettings settings, std::unique_ptr<GroupRate> rate);
  [[nodiscard]] WorkerRecord* heard(WorkerId worker, const GroupClock& progress);
  // Of all workers, as far as they have told.
  [[nodiscard]] GroupClock clock_heard() const;
  [[nodiscard]] bool is_live(const WorkerRecord& record) const;
  void learn_of(WorkerRecord& record, const Publication& publication);
  void accept(const Publication& publication, WorkerRecord& record);
  [[nodiscard]] bool average_is_due() const;
  [[nodiscard]] double samples_of_all() const;
  [[nodiscard]] double fresh_share() const;  // Of what was published, in samples.
  void average();
  void begin_round();
  [[nodiscard]] Before as_it_is() const;
  [[nodiscard]] std::uint64_t sync_now() const;
  void follow_live_workers();
  [[nodiscard]] double scale_of(std::uint64_t workers) const;
  void order(Order order);
  void send_model();

  void look_at_all_errors();
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
  StepLength step_length_;
  std::optional<Before> before_;
  std::uint64_t begun_ = 0;  // Samples of the group when it last began anew.
  double scale_ = 1;
  double scale_from_ = 1;  // Where the rise began.
  std::uint64_t incidents_total_ = 0;
  std::optional<std::uint64_t> global_incident_;
  std::optional<Case> case_;
  PooledErrors errors_;
  double losses_ = 0;  // Since the schedule saw them last.
  std::uint64_t losses_count_ = 0;
  std::vector<GroupIncident> incidents_;
  LeaderCounters counters_;
  std::vector<Message> messages_;

  static constexpr std::uint64_t rounds_of_the_past = 8;
  static constexpr std::uint64_t least_sync = 5;
  static constexpr std::uint64_t most_hurry = 16;
  static constexpr std::size_t most_orders = 16;
  static constexpr double rise_rounds = 5;
  static constexpr double pace_fade = 0.8;  // An average.
};

}  // namespace rekindle::cluster
