// ModelStamp: which model of a learner it is; another where any of this differs.
#pragma once

#include <cstdint>

#include "learner/learner.hpp"

namespace rekindle {

struct ModelStamp {
  const Learner* learner = nullptr;
  std::uint64_t samples = 0;  // That had come: to the learner, or to the group whose model it is.
  std::uint64_t learned = 0;  // A label that came late is learned without a sample.
  std::uint64_t adopted = 0;  // Of a group: the leader's version that the learner goes on from.
  bool operator==(const ModelStamp&) const = default;
};

[[nodiscard]] inline ModelStamp stamp_of(const Learner& learner) {
  return {&learner, learner.counters().samples, learner.counters().learned, 0};
}

}  // namespace rekindle
