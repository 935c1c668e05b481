#include "learner/drift_monitor.hpp"

#include <algorithm>

namespace rekindle {

namespace {

// So that a detector's sums of squares stay finite and it recovers from an absurd value.
constexpr double largest_input = 1e100;

double pick(const DriftSignals& signals, DriftInput on) {
  switch (on) {
    case DriftInput::automatic:
    case DriftInput::error: return signals.error;
    case DriftInput::loss: return signals.loss;
    case DriftInput::gradient_norm: return signals.gradient_norm;
    case DriftInput::prediction: return signals.prediction;
  }
  return 0;
}

// There is no 0/1 error in regression: its loss stands in.
DriftInput resolved(DriftInput on, Task task) {
  const bool by_default = on == DriftInput::automatic || on == DriftInput::error;
  if (!by_default) return on;
  return task == Task::regression ? DriftInput::loss : DriftInput::error;
}

}  // namespace

DriftMonitor::DriftMonitor(const DriftSpec& spec, Task task) : spec_(spec) {
  for (const auto& detector : spec.detectors) {
    const auto& row = *detector.detector.row;
    auto identity = fmt::format("{} {} on {}", row.name, Value(detector.detector.parameters.table()).text(), static_cast<int>(detector.on));
    watchers_.push_back({detector, std::move(identity), resolved(detector.on, task), row.make.make(detector.detector.parameters), {}, {}});
  }
}

bool DriftMonitor::wanted(const DriftSignal& signal) const {
  const bool rise = signal.mean_after >= signal.mean_before;
  switch (spec_.direction) {
    case DriftDirection::rises: return rise;
    case DriftDirection::falls: return !rise;
    case DriftDirection::both: return true;
  }
  return true;
}

std::uint64_t DriftMonitor::votes(std::uint64_t sample) const {
  const auto recent = [&](const Watcher& one) { return one.fired && sample - *one.fired < std::max<std::uint64_t>(1, spec_.cooldown); };
  return static_cast<std::uint64_t>(std::ranges::count_if(watchers_, recent));
}

std::optional<Alarm> DriftMonitor::observe(const DriftSignals& signals, std::uint64_t sample) {
  std::optional<Alarm> alarm;
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    auto& watcher = watchers_[i];
    const auto signal = watcher.detector->observe(std::clamp(pick(signals, watcher.on), -largest_input, largest_input));
    if (signal.level != DriftLevel::drift || !wanted(signal)) continue;
    watcher.fired = sample;
    if (!alarm) alarm = Alarm{i, signal};
  }
  if (!alarm) return std::nullopt;
  const bool cooling = last_incident_ && sample - *last_incident_ < spec_.cooldown;
  if (cooling || votes(sample) < spec_.votes) return std::nullopt;
  return alarm;
}

bool DriftMonitor::flapping(std::uint64_t sample) const {
  if (recent_.size() < spec_.max_per_million || recent_.empty()) return recent_.empty() && spec_.max_per_million == 0;
  return sample - recent_.front() < 1'000'000;
}

void DriftMonitor::opened(std::size_t detector, DriftSeverity severity, std::uint64_t sample) {
  last_incident_ = sample;
  ++watchers_[detector].detections[static_cast<std::size_t>(severity)];
  if (spec_.max_per_million == 0) return;
  while (recent_.size() >= spec_.max_per_million) recent_.erase(recent_.begin());
  recent_.push_back(sample);
}

void DriftMonitor::save(ByteWriter& out) const {
  out.put(last_incident_.has_value());
  out.put(last_incident_.value_or(0));
  out.put_array(recent_);
  out.put<std::uint64_t>(watchers_.size());
  for (const auto& watcher : watchers_) {
    ByteWriter state;
    watcher.detector->save(state);
    out.put_string(watcher.spec.name);
    out.put_string(watcher.identity);
    out.put_array(state.bytes());
    out.put(watcher.fired.has_value());
    out.put(watcher.fired.value_or(0));
    for (const auto count : watcher.detections) out.put(count);
  }
}

void DriftMonitor::load(ByteReader& in) {
  const bool had_incident = in.get<std::uint8_t>() != 0;
  const auto last = in.get<std::uint64_t>();
  last_incident_ = had_incident ? std::optional(last) : std::nullopt;
  recent_ = in.get_array<std::uint64_t>();
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto name = in.get_string();
    const auto identity = in.get_string();
    const auto state = in.get_array<std::byte>();
    const bool fired = in.get<std::uint8_t>() != 0;
    const auto fired_at = in.get<std::uint64_t>();
    std::array<std::uint64_t, 3> detections{};
    for (auto& one : detections) in.get_into(one);
    const auto same = [&](const Watcher& one) { return one.spec.name == name && one.identity == identity; };
    const auto watcher = std::ranges::find_if(watchers_, same);
    if (watcher == watchers_.end()) continue;
    ByteReader saved(state);
    watcher->detector->load(saved);
    if (!saved.ok() || !saved.at_end()) return in.invalidate();
    watcher->fired = fired ? std::optional(fired_at) : std::nullopt;
    watcher->detections = detections;
  }
}

}  // namespace rekindle
