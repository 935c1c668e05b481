#include "connectors/kafka/partition_table.hpp"

#include <algorithm>
#include <utility>

namespace rekindle::kafka {

namespace {
std::pair<std::string_view, std::int32_t> key(const PartitionState& one) { return {one.topic, one.partition}; }
}  // namespace

bool PartitionState::accept(std::int64_t offset) {
  if (held) return false;
  if (offset < next) {
    ++duplicates;
    return false;
  }
  if (end >= 0 && offset >= end) {
    at_end = true;
    return false;
  }
  missing += static_cast<std::uint64_t>(offset - next);
  next = offset + 1;
  damaged = 0;
  at_end = end >= 0 && next >= end;
  return true;
}

PartitionState& PartitionTable::add(std::string topic, std::int32_t partition, std::int64_t next, std::int64_t end) {
  PartitionState state;
  state.topic = std::move(topic);
  state.partition = partition;
  state.first = state.next = next;
  state.end = end;
  state.at_end = end >= 0 && next >= end;
  const auto at = std::ranges::lower_bound(all_, key(state), {}, key);
  return *all_.insert(at, std::move(state));
}

PartitionState* PartitionTable::find(std::string_view topic, std::int32_t partition) {
  const auto is_it = [&](const PartitionState& one) { return one.partition == partition && one.topic == topic; };
  if (last_ < all_.size() && is_it(all_[last_])) return &all_[last_];
  const auto at = std::ranges::lower_bound(all_, std::pair(topic, partition), {}, key);
  if (at == all_.end() || !is_it(*at)) return nullptr;
  last_ = static_cast<std::size_t>(at - all_.begin());
  return &*at;
}

bool PartitionTable::all_at_end() const {
  return std::ranges::all_of(all_, [](const PartitionState& one) { return one.at_end; });
}

}  // namespace rekindle::kafka
