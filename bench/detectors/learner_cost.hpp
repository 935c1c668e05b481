// What a detector costs the learner that it watches.
#pragma once

#include <string>

namespace rekindle::bench {

// Nanoseconds of CPU a sample: all that a learner does to decoded samples of 20 features (SGD, scaling, scores, no shadow), watched by
// one detector with its default parameters, or by none ("none"). Nobody answers its alarms, so that all learn the same.
[[nodiscard]] double learner_cost(const std::string& detector, double seconds);

}  // namespace rekindle::bench
