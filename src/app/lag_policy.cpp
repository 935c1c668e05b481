#include "app/lag_policy.hpp"

namespace rekindle {

// Thinning ends at half the limit: at the limit itself it would come and go.
LagPolicy::Turn LagPolicy::look(const SourceStatus& source) {
  if (policy_ == OnLag::learn_all) return Turn::none;
  lag_ = 0;
  for (const auto& one : source.partitions) lag_ += one.lag_records.value_or(0);
  if (policy_ == OnLag::skip_to_latest) return lag_ > limit_ ? Turn::jump : Turn::none;
  if (!thinning_ && lag_ > limit_) {
    thinning_ = true;
    return Turn::begins;
  }
  if (!thinning_ || lag_ > limit_ / 2) return Turn::none;
  thinning_ = false;
  return Turn::ends;
}

Position LagPolicy::jump(const Position& position, const SourceStatus& source) {
  auto next = position;
  for (const auto& one : source.partitions) {
    const auto lag = one.lag_records.value_or(0);
    if (lag <= 0) continue;
    next.set(one.topic, one.partition, one.next + lag);
    skipped_[to_latest] += static_cast<std::uint64_t>(lag);
  }
  return next;
}

}  // namespace rekindle
