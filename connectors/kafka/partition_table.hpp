// PartitionTable: how far each assigned partition has been read, and whether its records follow each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle::kafka {

struct PartitionState {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t first = 0;  // Where reading began.
  std::int64_t next = 0;   // First offset not handed out yet.
  std::int64_t end = -1;   // Offsets from here on do not matter; -1: there is no such end.
  std::int64_t last_timestamp_ms = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t missing = 0;      // Offsets that never came: transaction markers, compaction, or skipped losses.
  int damaged = 0;                // How often the record at `next` arrived damaged.
  bool at_end = false;            // Everything that the broker has was handed out ...
  std::int64_t high_at_end = -1;  // ... up to this high watermark, with transaction markers.
  bool held = false;              // Records are dropped until the partition is assigned again at `next`.
  bool other = false;             // Of another topic than the position, as the record before it shows.
  std::string problem;

  // Whether the record with this offset is the caller's: neither old, nor beyond the end, nor held.
  [[nodiscard]] bool accept(std::int64_t offset);
};

// Sorted by topic, then partition.
class PartitionTable {
 public:
  PartitionState& add(std::string topic, std::int32_t partition, std::int64_t next, std::int64_t end);
  // Null when it is not there. Quick when asked for the same partition again and again. Pointers hold until `add`.
  [[nodiscard]] PartitionState* find(std::string_view topic, std::int32_t partition);
  [[nodiscard]] const std::vector<PartitionState>& all() const { return all_; }
  [[nodiscard]] bool all_at_end() const;

 private:
  std::vector<PartitionState> all_;
  std::size_t last_ = 0;
};

}  // namespace rekindle::kafka
