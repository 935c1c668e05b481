// Pace: holds a replay back to the event times of its samples, so many times as fast as they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/clock.hpp"
#include "base/result.hpp"

namespace rekindle {

class Pace {
 public:
  explicit Pace(double speed) : speed_(speed) {}

  // Returns when the sample is due; one that is earlier than one before it is due at once. ErrorCode::usage where it has no event
  // time (0), ErrorCode::interrupted after a signal.
  [[nodiscard]] Status wait(std::int64_t time_ms);

 private:
  double speed_;
  std::optional<std::int64_t> first_ms_;
  SteadyTime start_;
};

// "10x", "10" or "0.5x". ErrorCode::usage where it is no positive number.
[[nodiscard]] Result<double> read_speed(const std::string& text);

}  // namespace rekindle
