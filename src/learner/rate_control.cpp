#include "learner/rate_control.hpp"

#include <algorithm>

namespace rekindle {

std::string ScheduleSpec::identity() const {
  return fmt::format("{} {} lr={} unit={} epoch={} warmup={},{},{}", schedule.row->name, Value(schedule.parameters.table()).text(), lr,
                     static_cast<int>(unit), epoch_samples, warmup.steps, warmup.start_factor, static_cast<int>(warmup.kind));
}

RateControl::RateControl(const ScheduleSpec& spec)
    : spec_(spec), schedule_(with_warmup(spec.warmup, spec.schedule.row->make(spec.schedule.parameters, spec.lr))) {}

double RateControl::position(const StepClock& now) const {
  switch (spec_.unit) {
    case StepUnit::updates: return static_cast<double>(now.updates);
    case StepUnit::samples: return static_cast<double>(now.samples);
    case StepUnit::epochs: return static_cast<double>(now.samples) / spec_.epoch_samples;
    case StepUnit::seconds: return static_cast<double>(now.time_ms) / 1000;
  }
  return 0;
}

// Event time may step back; a schedule is never asked before its origin.
double RateControl::step(const StepClock& now) const {
  if (spec_.unit == StepUnit::seconds && !started_) return 0;
  return std::max(0.0, position(now) - origin_);
}

double RateControl::rate(const StepClock& now) const {
  double rate = schedule_->rate_at(step(now));
  const auto since_restart = static_cast<double>(now.updates - restart_update_);
  if (since_restart < restart_warmup_) rate *= Warmup{restart_warmup_, 0.01, WarmupKind::linear}.factor_at(since_restart);
  return std::clamp(rate, spec_.lr_min, spec_.lr_max);
}

void RateControl::begin(const StepClock& now) {
  if (started_) return;
  started_ = true;
  origin_ = position(now);
}

void RateControl::restart(const StepClock& now, double warmup_updates) {
  started_ = true;
  origin_ = position(now);
  restart_update_ = now.updates;
  restart_warmup_ = spec_.warmup.steps > 0 ? 0 : warmup_updates;
}

void RateControl::save(ByteWriter& out) const {
  out.put_string(spec_.identity());
  out.put(started_);
  out.put(origin_);
  out.put(restart_update_);
  out.put(restart_warmup_);
}

void RateControl::load(ByteReader& in, const StepClock& now) {
  const bool same = in.get_string() == spec_.identity();
  started_ = in.get<std::uint8_t>() != 0;
  in.get_into(origin_);
  in.get_into(restart_update_);
  in.get_into(restart_warmup_);
  if (!same) restart(now, 0);
}

}  // namespace rekindle
