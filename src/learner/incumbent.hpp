// IncumbentScores: how the present system's predictions, which come with the samples, fare on the same labels as ours.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "data/classes.hpp"
#include "data/sample.hpp"
#include "learner/scores.hpp"

namespace rekindle {

// Classification: the incumbent names a class. Binary: a number that is no class but lies in [0, 1] is the probability of the
// second class, which it names from one half on; another one says nothing. Regression: the value. A sample on which the
// incumbent says nothing is not scored.
class IncumbentScores {
 public:
  explicit IncumbentScores(Task task) : task_(task) {}

  // `target` is the value, or the class's index in `classes`.
  void observe(const Label& said, double target, const ClassTable& classes);

  // incumbent_samples (scored so far), then incumbent_accuracy, or incumbent_rmse and incumbent_mae.
  void append_to(NamedMetrics& out) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void observe_class(const Label& said, std::size_t target, const ClassTable& classes);

  Task task_;
  std::uint64_t count_ = 0;
  std::uint64_t correct_ = 0;
  double squared_ = 0;
  double absolute_ = 0;
};

}  // namespace rekindle
