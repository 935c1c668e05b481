// Parts for the tests of the learner: one whose steps can be computed by hand, detectors that say what a test wants, what it saves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "learner/learner.hpp"
#include "support/learners.hpp"

namespace rekindle::test {

// No scaling, plain steps of a constant rate, double precision: everything can be computed by hand.
inline Recipe by_hand(Task task = Task::regression) {
  Recipe recipe;
  recipe.task = task;
  recipe.scale = ScaleKind::none;
  recipe.precision = Precision::float64;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 0.1;
  recipe.policy = "none";
  return recipe;
}

// A detector that says what a test wants of the values it sees.
class Scripted final : public DriftDetector {
 public:
  using Answer = std::function<DriftSignal(double)>;
  explicit Scripted(Answer answer) : answer_(std::move(answer)) {}
  DriftSignal observe(double value) override { return answer_(value); }
  [[nodiscard]] double pressure() const override { return 0; }
  void reset() override {}
  void save(ByteWriter& /*out*/) const override {}
  void load(ByteReader& /*in*/) override {}

 private:
  Answer answer_;
};

inline DetectorRow scripted(const Scripted::Answer& answer) {
  return {"scripted", "", {}, {DetectorInput::any, [answer](const Parameters&) { return std::make_unique<Scripted>(answer); }}};
}

// Sounds at the value of that index, from 0.
inline DetectorRow alarm_at(std::uint64_t index, DriftSignal signal = {}) {
  signal.level = DriftLevel::drift;
  return scripted([index, signal, seen = std::uint64_t{0}](double) mutable { return seen++ == index ? signal : DriftSignal(); });
}

inline LearnerSpec watched_by(const DetectorRow& row, DriftInput on, Task task, double lr = 0.1) {
  auto recipe = by_hand(task);
  recipe.policy = "alarm";
  recipe.lr = lr;
  auto spec = spec_of(recipe);
  spec.drift.detectors = {{"scripted", on, {&row, {}}}};
  return spec;
}

// The drift section begins with what the error was and what its course says.
inline std::vector<std::byte> beginning_of(const Learner& learner, const std::string& section, std::size_t size) {
  auto bytes = section_of(learner, section);
  bytes.resize(std::min(bytes.size(), size));
  return bytes;
}

}  // namespace rekindle::test
