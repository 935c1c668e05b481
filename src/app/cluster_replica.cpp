#include "app/cluster_replica.hpp"

#include <algorithm>

#include "learner/portfolio.hpp"

namespace rekindle {

namespace {

StepClock clock_of(const cluster::GroupClock& now) { return {now.updates, now.samples, now.time_ms}; }

// A portfolio's base rate is fixed: each member's steps follow from what it has seen.
class FixedGroupRate final : public cluster::GroupRate {
 public:
  explicit FixedGroupRate(double lr) : lr_(lr) {}
  [[nodiscard]] double rate(const cluster::GroupClock& /*now*/) const override { return lr_; }
  void set_scale(double /*scale*/) override {}
  void restart(const cluster::GroupClock& /*now*/, double /*warmup_updates*/) override {}
  [[nodiscard]] bool bump(const cluster::GroupClock& /*now*/, double /*factor*/, double /*stretch*/) override { return false; }
  void cut() override {}
  void pin(std::optional<double> /*lr*/) override {}
  void observe_loss(double /*loss*/, std::uint64_t /*samples*/) override {}
  void save(ByteWriter& out) const override { out.put(lr_); }
  void load(ByteReader& in, const cluster::GroupClock& /*now*/) override { in.get_into(lr_); }

 private:
  double lr_;
};

}  // namespace

LearnerSpec worker_spec(LearnerSpec spec) {
  if (spec.drift.policy->name != "none") spec.drift.policy = find_row(policies(), "alarm");
  return spec;
}

std::shared_ptr<const DriftPolicy> group_policy(const LearnerSpec& spec) {
  const bool answers = spec.drift.policy->name != "none" && spec.drift.policy->name != "alarm";
  const auto* row = spec.mode == LearnerMode::portfolio && answers ? find_row(policies(), "restart") : spec.drift.policy;
  return row->make(spec.drift.responses);
}

cluster::LeaderSettings leader_settings(const LearnerSpec& spec) {
  cluster::LeaderSettings settings;
  settings.single_precision = spec.member.precision != Precision::float64;
  if (spec.mode == LearnerMode::portfolio) settings.parts = Portfolio(spec, 0, 0).report({}).size();
  settings.cooldown = spec.drift.cooldown;
  settings.policy = group_policy(spec);
  return settings;
}

std::string reason_against_group(const LearnerSpec& spec) {
  if (!spec.schema.categorical.empty() && spec.categories.encoding == Encoding::onehot) {
    return "preprocess.encode: workers of a group number the values of a category each in its own order; \"hash\" gives all of them the "
           "same";
  }
  return "";
}

void LearnerReplica::observed(const Outcome& outcome, std::int64_t time_ms) {
  time_ms_ = time_ms;
  if (!outcome.labelled || !std::isfinite(outcome.loss)) return;
  ++errors_.count;
  errors_.losses += outcome.loss;
  if (learner_.spec().schema.is_classification()) {
    errors_.errors += outcome.error;
    return;
  }
  const double squared = outcome.error * outcome.error;
  if (!std::isfinite(squared)) return;
  usual_.observe(squared);
  errors_.errors += usual_.value() > 0 ? std::min(1.0, squared / (10 * usual_.value())) : 0;
}

void LearnerReplica::save(ByteWriter& out) const {
  errors_.save(out);
  usual_.save(out);
  out.put(time_ms_);
}

void LearnerReplica::load(ByteReader& in) {
  errors_.load(in);
  usual_.load(in);
  in.get_into(time_ms_);
}

void LearnerReplica::set_rate(double lr) {
  if (learner_.spec().mode == LearnerMode::single) learner_.pin(lr);
}

cluster::GroupClock LearnerReplica::clock() const { return {learner_.counters().updates, learner_.counters().learned, time_ms_}; }

ScheduledGroupRate::ScheduledGroupRate(const LearnerSpec& spec)
    : spec_(spec.member.schedule), cut_(spec.member.controls.guard.lr_factor), control_(spec_), reduction_(spec_) {}

double ScheduledGroupRate::rate(const cluster::GroupClock& now) const {
  const double rate = control_.rate(clock_of(now));
  return control_.pinned() ? rate : std::clamp(rate * scale_, spec_.lr_min, spec_.lr_max);
}

void ScheduledGroupRate::restart(const cluster::GroupClock& now, double warmup_updates) {
  control_.restart(clock_of(now), warmup_updates);
  reduction_.start_anew();
}

bool ScheduledGroupRate::bump(const cluster::GroupClock& now, double factor, double stretch) {
  return control_.bump(clock_of(now), factor, std::numeric_limits<double>::infinity(), stretch);
}

void ScheduledGroupRate::observe_loss(double loss, std::uint64_t samples) { control_.cut(reduction_.observe(loss, samples)); }

void ScheduledGroupRate::save(ByteWriter& out) const {
  control_.save(out);
  reduction_.save(out);
}

void ScheduledGroupRate::load(ByteReader& in, const cluster::GroupClock& now) {
  control_.load(in, clock_of(now));
  reduction_.load(in);
}

std::unique_ptr<cluster::GroupRate> make_group_rate(const LearnerSpec& spec) {
  if (spec.mode == LearnerMode::single) return std::make_unique<ScheduledGroupRate>(spec);
  return std::make_unique<FixedGroupRate>(make_champion(spec, 0, 0)->rate({}));
}

}  // namespace rekindle
