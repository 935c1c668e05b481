// Rivals: learners that see the same samples beside the one that counts, so that a result is never shown alone.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/session.hpp"

namespace rekindle {

// One learner whose rate is `lr` and stays there.
[[nodiscard]] LearnerSpec with_constant_rate(LearnerSpec spec, double lr);

// A learner to measure against, and its name: "no response", then "constant lr=..." from 0.0001 to 1.
[[nodiscard]] std::vector<std::pair<std::string, LearnerSpec>> rival_specs(const LearnerSpec& spec);

// The same learner without any response to drift, and the same with each of 12 constant rates (of which the best is known
// only in hindsight).
class Rivals final : public SampleObserver {
 public:
  explicit Rivals(const LearnerSpec& spec) : spec_(spec) {}
  void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) override;
  void label_observed(const LabelRecord& label, const Outcome& outcome, const Learner& learner) override;

  [[nodiscard]] const Learner* no_response() const { return learners_.empty() ? nullptr : learners_.front().get(); }
  // By accuracy, or by loss for a regression.
  [[nodiscard]] const Learner* best_constant() const;

 private:
  void start(const Learner& learner);
  LearnerSpec spec_;
  std::vector<std::unique_ptr<Learner>> learners_;
};

}  // namespace rekindle
