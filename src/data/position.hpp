// Position: the next record to learn, for every partition of every topic. A file is a topic with one partition.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

struct PartitionPosition {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0;  // First offset not yet learned; never negative.
  auto operator<=>(const PartitionPosition&) const = default;
};

// Sorted by topic, then partition.
class Position {
 public:
  void set(std::string_view topic, std::int32_t partition, std::int64_t next) {
    const auto at = std::ranges::lower_bound(all_, std::pair(topic, partition), {}, key);
    if (at != all_.end() && at->topic == topic && at->partition == partition) {
      at->next = next;
    } else {
      all_.insert(at, {std::string(topic), partition, next});
    }
  }
  [[nodiscard]] const PartitionPosition* find(std::string_view topic, std::int32_t partition) const {
    const auto at = std::ranges::lower_bound(all_, std::pair(topic, partition), {}, key);
    return at != all_.end() && at->topic == topic && at->partition == partition ? &*at : nullptr;
  }
  [[nodiscard]] const std::vector<PartitionPosition>& all() const { return all_; }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  bool operator==(const Position&) const = default;

 private:
  static std::pair<std::string_view, std::int32_t> key(const PartitionPosition& one) { return {one.topic, one.partition}; }
  std::vector<PartitionPosition> all_;
};

}  // namespace rekindle
