// A Learner as the replica of a group's worker, and the schedule of a configuration as the group's.
#pragma once

#include <memory>

#include "base/moving.hpp"
#include "cluster/group_rate.hpp"
#include "cluster/leader.hpp"
#include "cluster/replica.hpp"
#include "learner/learner.hpp"
#include "learner/plateau_reduction.hpp"

namespace rekindle {

// What a worker learns by: the same, but what a drift is answered with is for the leader to say.
[[nodiscard]] LearnerSpec worker_spec(LearnerSpec spec);
// Null where the configuration asks for none. A portfolio's only answer is to restart its anchor.
[[nodiscard]] std::shared_ptr<const DriftPolicy> group_policy(const LearnerSpec& spec);
// What the leader of such learners has to know of them; the rest is as it is by default.
[[nodiscard]] cluster::LeaderSettings leader_settings(const LearnerSpec& spec);
// Why learners of this specification cannot be averaged; "" where they can.
[[nodiscard]] std::string reason_against_group(const LearnerSpec& spec);

// The learner belongs to somebody else.
class LearnerReplica final : public cluster::Replica {
 public:
  explicit LearnerReplica(Learner& learner) : learner_(learner) {}
  // After every sample that was taken.
  void observed(const Outcome& outcome, std::int64_t time_ms);
  // What the learner itself does not save.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);

  [[nodiscard]] CommonState common() const override { return learner_.common(); }
  [[nodiscard]] bool adopt(const CommonState& common) override { return learner_.adopt(common); }
  [[nodiscard]] bool at_batch_boundary() const override { return learner_.counters().learned % learner_.spec().batch_size == 0; }
  // A portfolio's members have rates of their own, which they learn.
  void set_rate(double lr) override;
  void carry_out(bool restart, double forget) override { learner_.carry_out(restart, forget); }
  [[nodiscard]] cluster::GroupClock clock() const override;
  [[nodiscard]] cluster::ErrorSums errors() const override { return errors_; }
  [[nodiscard]] std::uint64_t divergences() const override { return learner_.counters().divergences; }

 private:
  Learner& learner_;
  cluster::ErrorSums errors_;
  FadingMean usual_{1.0 / 2000};  // Squared error of a regression.
  std::int64_t time_ms_ = 0;
};

// By the rate control of a single learner, at the group's clock.
class ScheduledGroupRate final : public cluster::GroupRate {
 public:
  explicit ScheduledGroupRate(const LearnerSpec& spec);
  [[nodiscard]] double rate(const cluster::GroupClock& now) const override;
  void set_scale(double scale) override { scale_ = scale; }
  void restart(const cluster::GroupClock& now, double warmup_updates) override;
  [[nodiscard]] bool bump(const cluster::GroupClock& now, double factor, double stretch) override;
  void cut() override { control_.cut(cut_); }
  void pin(std::optional<double> lr) override { control_.pin(lr); }
  void observe_loss(double loss, std::uint64_t samples) override;
  void save(ByteWriter& out) const override;
  void load(ByteReader& in, const cluster::GroupClock& now) override;

 private:
  ScheduleSpec spec_;
  double cut_;
  RateControl control_;
  PlateauReduction reduction_;
  double scale_ = 1;
};

[[nodiscard]] std::unique_ptr<cluster::GroupRate> make_group_rate(const LearnerSpec& spec);

}  // namespace rekindle
