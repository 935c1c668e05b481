// RateControl: which learning rate applies now. It keeps what a schedule does not: the origin, the restarts, and what was
// done to the rate since the last of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

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
  [[nodiscard]] bool has_momentum() const { return schedule_->has_momentum(); }

  // The first sample, for a schedule in event time: that is where it begins.
  void begin(const StepClock& now);

  // Moves the origin to `now`. `warmup_updates` rise linearly from 1 % where the schedule has no warm-up of its own.
  void restart(const StepClock& now, double warmup_updates);

  // Raises the rate to `factor` times its value, but not above `max_lr`; from `now` on the schedule runs `stretch` times
  // slower. False, and nothing done, where the rate is as high as that already. Bumps multiply.
  bool bump(const StepClock& now, double factor, double max_lr, double stretch);
  // The rate times `factor` until the next restart.
  void cut(double factor) { cut_ *= factor; }
  // No learning before update `until`, but for what lr_min demands.
  void hold(std::uint64_t until) { held_until_ = until; }

  // Until `end_cycle`, or a restart, the rate rises to `factor` times itself and falls back, once in `period` updates.
  void cycle(const StepClock& now, double factor, double period);
  void end_cycle() { cycle_factor_ = 1; }

  // An operator's rate, in place of the schedule's until it is given back (nothing); the bounds still hold.
  void pin(std::optional<double> lr) { pinned_ = lr; }
  [[nodiscard]] std::optional<double> pinned() const { return pinned_; }

  void save(ByteWriter& out) const;
  // A state of another schedule keeps nothing: its origin becomes `now`.
  void load(ByteReader& in, const StepClock& now);

 private:
  [[nodiscard]] double position(const StepClock& now) const;
  [[nodiscard]] double unbounded_rate(const StepClock& now) const;
  [[nodiscard]] double cycled(const StepClock& now) const;
  ScheduleSpec spec_;
  std::string identity_;  // Of the specification; saved with every state.
  SchedulePointer schedule_;
  bool started_ = false;  // Event time has no origin before the first sample.
  double origin_ = 0;
  std::uint64_t restart_update_ = 0;
  double restart_warmup_ = 0;
  double origin_step_ = 0;  // The schedule's step at the origin; not 0 after a bump.
  double stretch_ = 1;      // Steps of the clock for one of the schedule.
  double raise_ = 1;
  double raised_to_ = 0;  // A raise takes no rate above it.
  double cut_ = 1;
  std::uint64_t held_until_ = 0;
  double cycle_factor_ = 1;
  double cycle_period_ = 1;
  std::uint64_t cycle_start_ = 0;
  std::optional<double> pinned_;
};

}  // namespace rekindle
