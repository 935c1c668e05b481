// StepLength: how far a group goes with its workers' changes, between their mean and their sum.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace rekindle::cluster {

// The mean of W changes comes only as far as one worker did, their sum as far as one learner would that had seen all of it; but where
// each has reached its aim by itself, or has only followed noise, the sum goes too far. The changes of a group tell which it is: where
// the mean of a round points the way that the group went in the round before, it has not gone far enough; where it points back, it has
// gone too far (as delta-bar-delta does for a rate: Jacobs 1988). Each part of the weights, a member of a portfolio, has a length of
// its own, because they learn at speeds of their own.
//
// 0 is the mean, 1 the sum; from 0.4 to begin with it moves by at most 0.3 a round, and never beyond a half. Measured: docs/cluster.md.
//
// Where messages take their time, part of a change was learned before its worker had heard of the newest step. That part would go the
// same way whether the step was right or too far, and each round would add to it: so only the `fresh` share, learned since, lengthens
// the step and is gone beyond the mean with. A change that points back in spite of it says so all the louder, and counts in full.
class StepLength {
 public:
  static constexpr double initial = 0.4;
  static constexpr double highest = 0.5;
  static constexpr double pace = 0.3;

  // Parts of equal size; 0: always the mean.
  explicit StepLength(std::size_t parts) : lengths_(parts, initial) {}
  // One that goes on from `values`.
  explicit StepLength(std::vector<double> lengths) : lengths_(std::move(lengths)) {}

  // The mean change of a round, before the step that it leads to; `fresh` in [0, 1].
  void observe(std::span<const double> mean, double fresh);
  // What was made of it.
  void went(std::vector<double> step) { last_ = std::move(step); }
  // The weights are others now: what the next round says is no answer to the newest step.
  void forget() { last_.clear(); }

  // Of the part that weight `i` of `weights` is in.
  [[nodiscard]] double at(std::size_t i, std::size_t weights) const { return lengths_.empty() ? 0 : lengths_[part_of(i, weights)]; }
  [[nodiscard]] const std::vector<double>& values() const { return lengths_; }

 private:
  [[nodiscard]] std::size_t part_of(std::size_t i, std::size_t weights) const { return i * lengths_.size() / weights; }
  std::vector<double> lengths_;
  std::vector<double> last_;  // Step.
};

}  // namespace rekindle::cluster
