#include "learner/label_join.hpp"

#include <algorithm>
#include <utility>

namespace rekindle {

namespace {

// Of an entry beside its id and its bytes: two nodes of trees and what the allocator adds to each of four blocks. Rounded up, so that
// the bound holds for what the process takes.
constexpr std::uint64_t overhead = 256;

}  // namespace

std::uint64_t LabelJoin::cost(Entries::const_iterator at) { return overhead + at->first.size() + at->second.sample.size(); }

void LabelJoin::advance(std::int64_t time_ms) { now_ms_ = std::max(now_ms_, time_ms); }

bool LabelJoin::is_up(const Queue& queue) const { return !queue.empty() && queue.begin()->time_ms < now_ms_ - timeout_ms_; }

std::optional<LabelJoin::TimedOut> LabelJoin::next_timed_out() {
  while (is_up(settled_)) erase(settled_.begin()->entry);
  while (is_up(waiting_)) {
    const auto at = waiting_.begin()->entry;
    if (at->second.kind == Kind::label) {
      ++labels_[unmatched];
      erase(at);
      continue;
    }
    ++unlabelled_[timed_out];
    const auto time_ms = at->second.time_ms;
    resettle(at, learns_timed_out_ ? Kind::learned : Kind::let_go, learns_timed_out_);
    return TimedOut{learns_timed_out_, time_ms, at->second.sample};
  }
  return std::nullopt;
}

std::optional<double> LabelJoin::take_label(std::string_view id, std::int64_t time_ms) {
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.kind != Kind::label) return std::nullopt;
  const double target = at->second.target;
  ++labels_[matched];
  observe_delay(time_ms, at->second.time_ms);
  resettle(at, Kind::had_label, /*keeps_sample=*/false);
  return target;
}

void LabelJoin::settle(std::string_view id) {
  if (id.empty()) return;
  if (const auto at = entries_.find(id); at != entries_.end()) {
    if (at->second.kind == Kind::label) ++labels_[duplicate];
    if (!is_settled(at->second.kind)) resettle(at, Kind::had_label, /*keeps_sample=*/false);
    return;
  }
  insert(id, {.kind = Kind::had_label, .time_ms = now_ms_});
}

bool LabelJoin::hold(std::string_view id, std::int64_t time_ms, std::span<const std::byte> sample) {
  if (entries_.contains(id)) {
    ++unlabelled_[repeated];
    return false;
  }
  insert(id, {.kind = Kind::sample, .time_ms = time_ms, .sample = {sample.begin(), sample.end()}});
  return true;
}

std::uint64_t LabelJoin::take_evicted() { return std::exchange(evicted_, 0); }

LabelJoin::Match LabelJoin::take(std::string_view id, std::int64_t time_ms, double target) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) {
    insert(id, {.kind = Kind::label, .time_ms = time_ms, .target = target});
    return {Came::waits, time_ms, {}};
  }
  auto& entry = at->second;
  switch (entry.kind) {
    case Kind::sample: {
      Match match{Came::matched, entry.time_ms, std::move(entry.sample)};
      ++labels_[matched];
      observe_delay(entry.time_ms, time_ms);
      bytes_ -= match.sample.size();
      entry.sample = {};
      resettle(at, Kind::had_label, /*keeps_sample=*/false);
      return match;
    }
    case Kind::learned: {
      Match match{Came::late, time_ms, entry.sample};
      ++labels_[late];
      resettle(at, Kind::had_label, /*keeps_sample=*/false);
      return match;
    }
    case Kind::let_go:
      ++labels_[late];
      resettle(at, Kind::had_label, /*keeps_sample=*/false);
      return {Came::late, time_ms, {}};
    case Kind::label:
    case Kind::had_label: break;
  }
  ++labels_[duplicate];
  return {Came::duplicate, time_ms, {}};
}

std::uint64_t LabelJoin::let_samples_go() {
  std::uint64_t gone = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->second.kind == Kind::sample) {
      ++gone;
      ++unlabelled_[evicted];
      resettle(at, Kind::let_go, /*keeps_sample=*/false);
    } else if (at->second.kind == Kind::learned) {
      resettle(at, Kind::let_go, /*keeps_sample=*/false);
    }
    at = next;
  }
  return gone;
}

void LabelJoin::insert(std::string_view id, Entry entry) {
  entry.sequence = sequence_++;
  const auto at = entries_.emplace(std::string(id), std::move(entry)).first;
  bytes_ += cost(at);
  enqueue(at);
  make_room();
}

void LabelJoin::enqueue(Entries::iterator at) {
  queue_of(at->second.kind).insert({at->second.time_ms, at->second.sequence, at});
  ++kinds_[static_cast<std::size_t>(at->second.kind)];
}

void LabelJoin::dequeue(Entries::iterator at) {
  queue_of(at->second.kind).erase({at->second.time_ms, at->second.sequence, at});
  --kinds_[static_cast<std::size_t>(at->second.kind)];
}

void LabelJoin::erase(Entries::iterator at) {
  dequeue(at);
  bytes_ -= cost(at);
  entries_.erase(at);
}

void LabelJoin::resettle(Entries::iterator at, Kind kind, bool keeps_sample) {
  dequeue(at);
  auto& entry = at->second;
  if (!keeps_sample) {
    bytes_ -= entry.sample.size();
    entry.sample = {};
  }
  entry.kind = kind;
  entry.time_ms = now_ms_;
  entry.target = 0;
  entry.sequence = sequence_++;
  enqueue(at);
}

void LabelJoin::make_room() {
  while (bytes_ > limit_ && !settled_.empty()) erase(settled_.begin()->entry);
  while (bytes_ > limit_ && !waiting_.empty()) {
    const auto at = waiting_.begin()->entry;
    if (at->second.kind == Kind::label) {
      ++labels_[unmatched];
    } else {
      ++unlabelled_[evicted];
      ++evicted_;
    }
    erase(at);
  }
}

// A label that came first was not late at all.
void LabelJoin::observe_delay(std::int64_t sample_ms, std::int64_t label_ms) {
  const double seconds = std::max(0.0, (static_cast<double>(label_ms) - static_cast<double>(sample_ms)) / 1000);
  ++delays_[static_cast<std::size_t>(std::ranges::lower_bound(label_delay_bounds, seconds) - label_delay_bounds.begin())];
  delay_sum_seconds_ += seconds;
}

void LabelJoin::report(LateLabelStatus& out) const {
  out.labels = labels_;
  out.unlabelled = unlabelled_;
  out.waiting = kinds_[static_cast<std::size_t>(Kind::sample)];
  out.early = kinds_[static_cast<std::size_t>(Kind::label)];
  out.bytes = bytes_;
  out.delays = delays_;
  out.delay_sum_seconds = delay_sum_seconds_;
}

// By sequence: as they came.
std::vector<LabelJoin::Entries::const_iterator> LabelJoin::in_order() const {
  std::vector<Entries::const_iterator> all;
  all.reserve(entries_.size());
  for (auto at = entries_.begin(); at != entries_.end(); ++at) all.push_back(at);
  std::ranges::sort(all, {}, [](const auto& at) { return at->second.sequence; });
  return all;
}

void LabelJoin::save(ByteWriter& out) const {
  for (const auto count : labels_) out.put(count);
  for (const auto count : unlabelled_) out.put(count);
  out.put<std::uint64_t>(entries_.size());
  for (const auto& at : in_order()) {
    out.put_string(at->first);
    out.put(at->second.kind);
    out.put(at->second.target);
    out.put_array(at->second.sample);
  }
}

void LabelJoin::save_times(ByteWriter& out) const {
  out.put(now_ms_);
  out.put_array(std::span<const std::uint64_t>(delays_));
  out.put(delay_sum_seconds_);
  std::vector<std::int64_t> times;
  for (const auto& at : in_order()) times.push_back(at->second.time_ms);
  out.put_array(times);
}

void LabelJoin::load(ByteReader& in) {
  entries_.clear();
  waiting_.clear();
  settled_.clear();
  kinds_ = {};
  bytes_ = sequence_ = 0;
  for (auto& count : labels_) in.get_into(count);
  for (auto& count : unlabelled_) in.get_into(count);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    auto id = in.get_string();
    Entry entry;
    entry.kind = in.get<Kind>();
    if (entry.kind > Kind::learned) return in.invalidate();
    in.get_into(entry.target);
    entry.sample = in.get_array<std::byte>();
    entry.sequence = sequence_++;
    const auto [at, is_new] = entries_.emplace(std::move(id), std::move(entry));
    if (!is_new) return in.invalidate();
    bytes_ += cost(at);
  }
}

void LabelJoin::load_times(ByteReader& in) {
  in.get_into(now_ms_);
  const auto delays = in.get_array<std::uint64_t>();
  in.get_into(delay_sum_seconds_);
  const auto times = in.get_array<std::int64_t>();
  if (delays.size() != delays_.size() || times.size() != entries_.size()) return in.invalidate();
  std::ranges::copy(delays, delays_.begin());
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    at->second.time_ms = times[static_cast<std::size_t>(at->second.sequence)];
    enqueue(at);
  }
}

}  // namespace rekindle
