#include "learner/drift_monitor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rekindle {

namespace {

// So that a detector's sums of squares stay finite and it recovers from an absurd value.
constexpr double largest_input = 1e100;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

constexpr double rare_share = 0.2;
constexpr double others_ranked = 8;  // To each of the rarer class.

// There is no 0/1 error in regression: its loss stands in.
DriftInput resolved(DriftInput on, Task task) {
  const bool by_default = on == DriftInput::automatic || on == DriftInput::error;
  if (!by_default) return on;
  return task == Task::regression ? DriftInput::loss : DriftInput::error;
}

std::size_t widest_rank(const DriftSpec& spec) {
  std::uint64_t widest = 1;
  for (const auto& detector : spec.detectors) widest = std::max(widest, detector.rank_window);
  return static_cast<std::size_t>(widest);
}

}  // namespace

DriftMonitor::DriftMonitor(const DriftSpec& spec, Task task, std::span<const std::string> features)
    : spec_(spec), task_(task), ranks_(widest_rank(spec)) {
  for (std::size_t i = 0; i < spec.detectors.size(); ++i) {
    const auto& detector = spec.detectors[i];
    add_watcher(detector, resolved(detector.on, task), i, false, features);
    const bool any_number = detector.detector.row->make.input == DetectorInput::any;
    if (task == Task::binary && detector.on == DriftInput::automatic && any_number)
      add_watcher(detector, DriftInput::rank, i, true, features);
  }
}

void DriftMonitor::add_watcher(const DetectorSpec& spec, DriftInput on, std::size_t voter, bool while_rare,
                               std::span<const std::string> features) {
  const auto& row = *spec.detector.row;
  auto parameters = spec.detector.parameters;
  // Samples of a rare class come seldom enough for a look at each.
  if (while_rare && parameters.has("clock")) parameters.set("clock", Value(std::int64_t{1}));
  Watcher watcher{.spec = spec,
                  .name = while_rare ? spec.name + "_rank" : spec.name,
                  .identity = fmt::format("{} {} on {} {}", row.name, Value(parameters.table()).text(), static_cast<int>(on), spec.feature),
                  .on = on,
                  .voter = voter,
                  .while_rare = while_rare,
                  .feature = std::nullopt,
                  .detector = row.make.make(parameters),
                  .fired = std::nullopt};
  if (on == DriftInput::feature) {
    const auto found = std::ranges::find(features, spec.feature);
    if (found != features.end()) watcher.feature = static_cast<std::size_t>(found - features.begin());
  }
  watches_rank_ = watches_rank_ || on == DriftInput::rank;
  watches_unlabelled_ = watches_unlabelled_ || on == DriftInput::feature || on == DriftInput::prediction;
  watchers_.push_back(std::move(watcher));
}

// Not a number where this sample has nothing for the detector.
double DriftMonitor::value_of(const Watcher& watcher, const DriftSignals& signals, std::uint64_t sample) const {
  const bool needs_label = watcher.on != DriftInput::prediction && watcher.on != DriftInput::feature;
  if (needs_label ? !signals.labelled : signals.late) return nothing;
  if (watcher.on == DriftInput::prediction) return signals.prediction;
  if (watcher.on == DriftInput::feature)
    return watcher.feature && *watcher.feature < signals.values.size() ? signals.values[*watcher.feature] : nothing;
  switch (watcher.on) {
    case DriftInput::loss: return signals.loss;
    case DriftInput::gradient_norm: return signals.gradient_norm;
    case DriftInput::rank: return rank_of(watcher, signals, sample);
    default: return signals.error;
  }
}

// Between two samples of the rarer class a quick learner adapts to a new concept by the others alone, and the rare ones do not
// tell any more that there was a drift. So some of the others are ranked too; all of them would say the same thing over and over.
bool DriftMonitor::is_ranked(bool positive, std::uint64_t sample) const {
  if (!rare_) return false;
  const auto spacing = static_cast<std::uint64_t>(std::ceil(1 / (others_ranked * std::max(ranks_.rarer_share(), 1e-6))));
  return positive == ranks_.positives_are_rarer() || sample % spacing == 0;
}

double DriftMonitor::rank_of(const Watcher& watcher, const DriftSignals& signals, std::uint64_t sample) const {
  const bool positive = signals.target == 1;
  if (watcher.while_rare ? !is_ranked(positive, sample) : !positive) return nothing;
  return ranks_.share(positive, signals.prediction, static_cast<std::size_t>(watcher.spec.rank_window)).value_or(nothing);
}

// Not inlined: it is seldom called, and its registers would be saved for every sample.
[[gnu::noinline]] void DriftMonitor::observe_rank_severity(bool positive, double prediction, std::uint64_t sample) {
  if (!is_ranked(positive, sample)) return;
  const auto share = ranks_.share(positive, prediction, static_cast<std::size_t>(spec_.detectors[0].rank_window));
  if (share) rank_severity_.observe(*share);
}

// After the detectors: a rank is taken among the samples before.
void DriftMonitor::observe_rank(const DriftSignals& signals, std::uint64_t sample) {
  const bool positive = signals.target == 1;
  if (std::isfinite(signals.prediction)) {
    if (rare_) observe_rank_severity(positive, signals.prediction, sample);
    ranks_.add(positive, signals.prediction);
  }
  const bool before = rare_;
  rare_ = ranks_.rarer_share() < rare_share;
  if (!before || rare_) return;
  // What they remember would be old when the class is rare again.
  for (auto& watcher : watchers_) {
    if (watcher.while_rare) watcher.detector->reset();
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
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    // Two that stand for one detector, which follow each other, have one vote.
    const bool counted = i > 0 && watchers_[i].voter == watchers_[i - 1].voter && recent(watchers_[i - 1]);
    if (!counted && recent(watchers_[i])) ++count;
  }
  return count;
}

std::optional<Alarm> DriftMonitor::observe(const DriftSignals& signals, std::uint64_t sample) {
  std::optional<Alarm> alarm;
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    auto& watcher = watchers_[i];
    if (watcher.while_rare && !rare_) continue;
    const double value = value_of(watcher, signals, sample);
    if (!std::isfinite(value)) continue;
    const auto signal = watcher.detector->observe(std::clamp(value, -largest_input, largest_input));
    const bool warning = signal.level == DriftLevel::warning && wanted(signal);
    if (warning && !watcher.warning) ++watcher.warnings;
    watcher.warning = warning;
    if (signal.level != DriftLevel::drift || !wanted(signal)) continue;
    watcher.fired = sample;
    if (!alarm) alarm = Alarm{i, signal};
  }
  if (watches_rank_ && signals.labelled && task_ == Task::binary) observe_rank(signals, sample);
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
  ranks_.save(out);
  out.put(rare_);
  rank_severity_.save(out);
  out.put<std::uint64_t>(watchers_.size());
  for (const auto& watcher : watchers_) {
    ByteWriter state;
    watcher.detector->save(state);
    out.put_string(watcher.name);
    out.put_string(watcher.identity);
    out.put_array(state.bytes());
    out.put(watcher.fired.has_value());
    out.put(watcher.fired.value_or(0));
    for (const auto count : watcher.detections) out.put(count);
    out.put(watcher.warnings);
    out.put(watcher.warning);
  }
}

void DriftMonitor::load(ByteReader& in) {
  const bool had_incident = in.get<std::uint8_t>() != 0;
  const auto last = in.get<std::uint64_t>();
  last_incident_ = had_incident ? std::optional(last) : std::nullopt;
  recent_ = in.get_array<std::uint64_t>();
  ranks_.load(in);
  rare_ = in.get<std::uint8_t>() != 0;
  rank_severity_.load(in);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto name = in.get_string();
    const auto identity = in.get_string();
    const auto state = in.get_array<std::byte>();
    const bool fired = in.get<std::uint8_t>() != 0;
    const auto fired_at = in.get<std::uint64_t>();
    std::array<std::uint64_t, 3> detections{};
    for (auto& one : detections) in.get_into(one);
    const auto warnings = in.get<std::uint64_t>();
    const bool warning = in.get<std::uint8_t>() != 0;
    const auto same = [&](const Watcher& one) { return one.name == name && one.identity == identity; };
    const auto watcher = std::ranges::find_if(watchers_, same);
    if (watcher == watchers_.end()) continue;
    ByteReader saved(state);
    watcher->detector->load(saved);
    if (!saved.ok() || !saved.at_end()) return in.invalidate();
    watcher->fired = fired ? std::optional(fired_at) : std::nullopt;
    watcher->detections = detections;
    watcher->warnings = warnings;
    watcher->warning = warning;
  }
}

}  // namespace rekindle
