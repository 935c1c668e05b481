// What an operator can tell a Learner. Each takes effect before the next sample, and is part of the state from then on.
#include <limits>

#include "learner/learner.hpp"
#include "learner/member_image.hpp"

namespace rekindle {

namespace {
constexpr double as_slow_as_before = 1;  // An operator's bump leaves the schedule's pace alone.
}

void Learner::restart() {
  events_.clear();
  keep_for_rollback(*champion_);
  restart_rate(by_command, 0);
}

void Learner::reset() {
  events_.clear();
  keep_for_rollback(*champion_);
  reset_optimizer(by_command, 1);
}

bool Learner::bump(double factor) {
  events_.clear();
  const double before = lr();
  auto undone = image_of(*champion_);
  if (!champion_->bump(clock_, factor, std::numeric_limits<double>::infinity(), as_slow_as_before)) return false;
  rollback_ = std::move(undone);
  events_.emplace_back(LearningRateCommanded{counters_.samples, "bump", before, lr()});
  return true;
}

void Learner::pin(double lr) { set_pin(lr, "pin"); }
void Learner::unpin() { set_pin(std::nullopt, "unpin"); }

void Learner::set_pin(std::optional<double> pinned, const char* command) {
  events_.clear();
  const double before = lr();
  champion_->pin(pinned);
  events_.emplace_back(LearningRateCommanded{counters_.samples, command, before, lr()});
}

// While a response is on probation the learner without it has learned on, and takes over; else it is as it was then.
bool Learner::rollback() {
  events_.clear();
  const double lr_before = lr();
  auto earlier = trial_.champion_role() == TrialRole::before ? nullptr : trial_.take_before();
  if (earlier == nullptr && !rollback_.empty()) earlier = revived(rollback_);
  if (earlier == nullptr) return false;
  if (trial_.running()) {
    if (auto* incident = incidents_.find(trial_incident_)) incident->rolled_back = true;
    trial_.end();
  }
  enthrone(std::move(earlier));
  archive_.start_anew();
  rollback_ = {};
  ++counters_.rollbacks;
  events_.emplace_back(ResponseRolledBack{counters_.samples, "command", lr_before, lr()});
  return true;
}

// Where there is room for it.
void Learner::keep_for_rollback(const Member& member) {
  const bool fits = memory_need_.fits_rollback(static_cast<double>(member.parameters()), spec_.memory_limit);
  rollback_ = fits ? image_of(member) : MemberImage();
}

void Learner::enthrone(std::unique_ptr<Member> member) {
  champion_ = std::move(member);
  portfolio_ = spec_.mode == LearnerMode::portfolio ? static_cast<Portfolio*>(champion_.get()) : nullptr;
}

std::unique_ptr<Member> Learner::make_another() const { return make_champion(spec_, features_.size(), classes_.size()); }

std::unique_ptr<Member> make_champion(const LearnerSpec& spec, std::size_t features, std::size_t classes) {
  if (spec.mode == LearnerMode::portfolio) return std::make_unique<Portfolio>(spec, features, classes);
  return make_member(spec.member, spec.schema.task, spec.inputs(features), classes, spec.batch_size);
}

}  // namespace rekindle
