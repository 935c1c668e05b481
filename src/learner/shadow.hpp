// Shadow: a second member beside the champion that learns the same samples at a constant rate. What the schedule is worth
// is what the champion does better.
#pragma once

#include <memory>

#include "learner/member.hpp"

namespace rekindle {

// From the same start, with the same optimizer and bounds, at the schedule's base rate for ever: no restart, no reset, no
// answer to drift. A schedule that names no base rate is compared with the middle between its ends.
class Shadow {
 public:
  Shadow(const LearnerSpec& spec, std::size_t features, std::size_t classes);

  // Predicts and scores one labelled sample, then learns it unless it is held out. The loss of the prediction.
  double observe(const Features& x, double target, double weight, bool held_out, std::size_t classes, const StepClock& now);

  [[nodiscard]] double rate() const { return member_->rate({}); }
  void grow_classes(std::size_t classes) { member_->grow_classes(classes); }
  void remap_features(const IndexMap& from) { member_->remap_features(from); }
  // Begins where `other` is now.
  void copy(const Member& other);

  void save(ByteWriter& out) const;
  void load(ByteReader& in, bool same_optimizer);

 private:
  std::unique_ptr<Member> member_;
  Prediction prediction_;  // Buffer.
};

// The rate that a schedule is compared with.
[[nodiscard]] double constant_rate(const ScheduleSpec& spec);

}  // namespace rekindle
