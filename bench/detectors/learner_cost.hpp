// What a detector costs the learner that it watches.
#pragma once

#include <string>

namespace rekindle::bench {

enum class Watched {
  leanest,    // SGD, scaling, scores, no shadow.
  by_default  // The portfolio that a configuration without [optimizer] and [schedule] gets, with its shadow.
};

// Nanoseconds of CPU a sample: all that a learner does to decoded samples of 20 features, watched by one detector with its default
// parameters, or by none ("none"). Nobody answers its alarms, so that all learn the same.
[[nodiscard]] double learner_cost(Watched watched, const std::string& detector, double seconds);

}  // namespace rekindle::bench
