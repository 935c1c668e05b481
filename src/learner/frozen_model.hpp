// FrozenModel: what a learner predicted with at one moment (model, scaling, classes), apart from the learner that goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/categories.hpp"
#include "data/prediction.hpp"
#include "data/sample.hpp"
#include "data/scaler.hpp"
#include "learner/member.hpp"

namespace rekindle {

class Learner;

// All that a prediction depends on.
struct FrozenParts {
  std::unique_ptr<Member> member;
  Precision precision = Precision::float32;
  CategoryEncoder categories;
  Scaler scaler;
  std::vector<std::string> features;
  std::vector<std::string> classes;  // As they are known; none for regression.
  std::uint64_t learned = 0;
};

// Learns nothing. One thread at a time, as it keeps buffers.
class FrozenModel {
 public:
  FrozenModel(FrozenParts parts, Task task);

  // The values of `sample` are in the order of `features`; its label does not matter.
  void predict(const Sample& sample, Prediction& out);

  [[nodiscard]] const std::vector<std::string>& features() const { return parts_.features; }
  // The names of the probabilities; empty for regression.
  [[nodiscard]] const std::vector<std::string>& classes() const { return parts_.classes; }
  // The names of the inputs: the features, then the values of the categories.
  [[nodiscard]] std::vector<std::string> inputs() const;
  [[nodiscard]] const Member& member() const { return *parts_.member; }
  // Samples that it had learned.
  [[nodiscard]] std::uint64_t version() const { return parts_.learned; }

 private:
  template <class Real>
  void enter(const Sample& sample);
  FrozenParts parts_;
  std::vector<SparseEntry> sparse_;
  Features x_;
};

// A copy of all that predicts, to be asked from another thread.
[[nodiscard]] std::unique_ptr<FrozenModel> freeze(const Learner& learner);

// The rate after this many updates more, if nothing happens until then; of a schedule in event time, the rate now.
[[nodiscard]] double rate_ahead(const Learner& learner, std::uint64_t updates);

}  // namespace rekindle
