#include "learner/rate_control.hpp"

#include <algorithm>
#include <cmath>

namespace rekindle {

std::string ScheduleSpec::identity() const {
  return fmt::format("{} {} lr={} unit={} epoch={} warmup={},{},{}{}", schedule.row->name, Value(schedule.parameters.table()).text(), lr,
                     static_cast<int>(unit), epoch_samples, warmup.steps, warmup.start_factor, static_cast<int>(warmup.kind),
                     scale == 1 ? "" : fmt::format(" scale={}", scale));
}

double peak_rate(const ScheduleSpec& spec) {
  const auto schedule = with_warmup(spec.warmup, spec.schedule.row->make(spec.schedule.parameters, spec.lr));
  double peak = 0;
  for (double step = 0; step < 1e7; step += std::max(1.0, std::floor(step / 1000))) peak = std::max(peak, schedule->rate_at(step));
  return peak;
}

namespace {
constexpr double most_stretch = 1e9;  // Slower than that is standing still.
}

std::string to_string(Precision precision) {
  switch (precision) {
    case Precision::float32: return "float32";
    case Precision::float64: return "float64";
    case Precision::bfloat16: return "bfloat16";
    case Precision::float16: return "float16";
  }
  return "";
}

RateControl::RateControl(const ScheduleSpec& spec)
    : spec_(spec),
      identity_(spec.identity()),
      schedule_(with_warmup(spec.warmup, spec.schedule.row->make(spec.schedule.parameters, spec.lr))) {}

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
  const double since = std::max(0.0, position(now) - origin_);
  return origin_step_ + (stretch_ == 1 ? since : since / stretch_);
}

double RateControl::unbounded_rate(const StepClock& now) const {
  double rate = schedule_->rate_at(step(now)) * spec_.scale;
  const auto since_restart = static_cast<double>(now.updates - restart_update_);
  if (since_restart < restart_warmup_) rate *= Warmup{restart_warmup_, 0.01, WarmupKind::linear}.factor_at(since_restart);
  return std::max(rate, std::min(rate * raise_, raised_to_)) * cycled(now);
}

// A triangle between 1 and the cycle's factor.
double RateControl::cycled(const StepClock& now) const {
  if (cycle_factor_ == 1) return 1;
  const double phase = std::fmod(static_cast<double>(now.updates - cycle_start_) / cycle_period_, 1.0);
  return 1 + (cycle_factor_ - 1) * (1 - std::abs(2 * phase - 1));
}

void RateControl::cycle(const StepClock& now, double factor, double period) {
  cycle_factor_ = factor;
  cycle_period_ = period;
  cycle_start_ = now.updates;
}

double RateControl::rate(const StepClock& now) const {
  if (pinned_) return std::clamp(*pinned_, spec_.lr_min, spec_.lr_max);
  const double rate = now.updates < held_until_ ? 0 : unbounded_rate(now) * cut_;
  return std::clamp(rate, spec_.lr_min, spec_.lr_max);
}

bool RateControl::bump(const StepClock& now, double factor, double max_lr, double stretch) {
  const double before = unbounded_rate(now);
  const double limit = std::min(max_lr, spec_.lr_max);
  if (!(before > 0 && factor > 1 && before < limit)) return false;
  const double at = step(now);
  started_ = true;
  origin_step_ = at;
  origin_ = position(now);
  stretch_ = std::min(stretch_ * stretch, most_stretch);
  raised_to_ = limit;
  raise_ *= std::min(before * factor, limit) / before;
  return true;
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
  origin_step_ = 0;
  stretch_ = raise_ = cut_ = 1;
  raised_to_ = 0;
  held_until_ = 0;
  cycle_factor_ = 1;
}

void RateControl::save(ByteWriter& out) const {
  out.put_string(identity_);
  out.put(started_);
  out.put(origin_);
  out.put(restart_update_);
  out.put(restart_warmup_);
  for (const auto value : {origin_step_, stretch_, raise_, raised_to_, cut_}) out.put(value);
  out.put(held_until_);
  for (const double number : {cycle_factor_, cycle_period_}) out.put(number);
  out.put(cycle_start_);
  out.put(pinned_.has_value());
  out.put(pinned_.value_or(0));
}

void RateControl::load(ByteReader& in, const StepClock& now) {
  const bool same = in.get_string() == identity_;
  started_ = in.get<std::uint8_t>() != 0;
  in.get_into(origin_);
  in.get_into(restart_update_);
  in.get_into(restart_warmup_);
  for (auto* value : {&origin_step_, &stretch_, &raise_, &raised_to_, &cut_}) in.get_into(*value);
  in.get_into(held_until_);
  for (auto* number : {&cycle_factor_, &cycle_period_}) in.get_into(*number);
  in.get_into(cycle_start_);
  const bool pinned = in.get<std::uint8_t>() != 0;
  const auto rate = in.get<double>();
  pinned_ = pinned ? std::optional(rate) : std::nullopt;
  if (!same) restart(now, 0);
}

}  // namespace rekindle
