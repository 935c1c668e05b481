// RateControl: which learning rate applies now. It keeps what a schedule does not: the origin, and the restarts.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "learner/spec.hpp"

namespace rekindle {

// What a step can be counted in; all only ever grow, but for event time.
struct StepClock {
  std::uint64_t updates = 0;
  std::uint64_t samples = 0;  // Learned.
  std::int64_t time_ms = 0;   // Event time of the newest sample.
};

class RateControl {
 public:
  explicit RateControl(const ScheduleSpec& spec);

  [[nodiscard]] double rate(const StepClock& now) const;
  [[nodiscard]] double step(const StepClock& now) const;
  [[nodiscard]] double cycle(const StepClock& now) const { return schedule_->cycle_at(step(now)); }
  [[nodiscard]] std::optional<double> momentum(const StepClock& now) const { return schedule_->momentum_at(step(now)); }

  // The first sample, for a schedule in event time: that is where it begins.
  void begin(const StepClock& now);

  // Moves the origin to `now`. `warmup_updates` rise linearly from 1 % where the schedule has no warm-up of its own.
  void restart(const StepClock& now, double warmup_updates);

  void save(ByteWriter& out) const;
  // A state of another schedule keeps nothing: its origin becomes `now`.
  void load(ByteReader& in, const StepClock& now);

 private:
  [[nodiscard]] double position(const StepClock& now) const;
  ScheduleSpec spec_;
  SchedulePointer schedule_;
  bool started_ = false;  // Event time has no origin before the first sample.
  double origin_ = 0;
  std::uint64_t restart_update_ = 0;
  double restart_warmup_ = 0;
};

}  // namespace rekindle
