// Simulated groups for tests: a generated stream on a tape, a group over it, and what its workers began.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "app/cluster_simulation.hpp"
#include "support/learners.hpp"

namespace rekindle::test {

[[nodiscard]] inline SampleTape tape_of(const std::vector<Sample>& samples, std::int32_t partitions = 1) {
  SampleTape tape;
  for (std::size_t i = 0; i < samples.size(); ++i)
    tape.add(samples[i], "t", static_cast<std::int32_t>(i % static_cast<std::size_t>(partitions)));
  return tape;
}

// Classes are told at the beginning, as the command does.
[[nodiscard]] inline LearnerSpec group_spec(Recipe recipe = {}) {
  if (recipe.task == Task::binary) recipe.classes = {"0", "1"};
  return spec_of(recipe);
}

struct GroupRun {
  GroupRun(ClusterSimulationOptions options, const LearnerSpec& spec, const SampleTape& samples, std::size_t features = 5)
      : tape(samples), group(std::move(options), spec, feature_names(features), tape) {
    group.run([this](const RoundBegun& one) { begun.push_back(one); }, [](std::uint64_t) { return false; });
  }
  [[nodiscard]] double metric(const std::string& name) const {
    for (const auto& [key, value] : group.scores().metrics()) {
      if (key == name) return value.value_or(-1);
    }
    return -1;
  }
  [[nodiscard]] std::uint64_t learned() const {
    std::uint64_t total = 0;
    for (std::size_t k = 0; k < group.workers(); ++k) total += group.learner(k).counters().learned;
    return total;
  }
  const SampleTape& tape;
  ClusterSimulation group;
  std::vector<RoundBegun> begun;
};

}  // namespace rekindle::test
