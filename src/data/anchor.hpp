// Anchors: what the last learned record of each partition was, to know the topic again: one of the same name may be another.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace rekindle {

struct Anchor {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::uint64_t checksum = 0;
};

// Of a record as it is in the topic. Its time counts: the same values produced once more are other records.
[[nodiscard]] inline std::uint64_t anchor_checksum(std::string_view value, std::int64_t timestamp_ms) {
  return hash64(std::as_bytes(std::span(value))) ^ (static_cast<std::uint64_t>(timestamp_ms) * 0x9E3779B97F4A7C15U);
}

// Sorted by topic, then partition.
class Anchors {
 public:
  void set(std::string_view topic, std::int32_t partition, std::int64_t offset, std::uint64_t checksum) {
    const auto at = std::ranges::lower_bound(all_, std::pair(topic, partition), {}, key);
    if (at != all_.end() && at->topic == topic && at->partition == partition) {
      at->offset = offset;
      at->checksum = checksum;
    } else {
      all_.insert(at, {std::string(topic), partition, offset, checksum});
    }
  }
  [[nodiscard]] const Anchor* find(std::string_view topic, std::int32_t partition) const {
    const auto at = std::ranges::lower_bound(all_, std::pair(topic, partition), {}, key);
    return at != all_.end() && at->topic == topic && at->partition == partition ? &*at : nullptr;
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }

  void save(ByteWriter& out) const {
    out.put<std::uint64_t>(all_.size());
    for (const auto& one : all_) {
      out.put_string(one.topic);
      out.put(one.partition);
      out.put(one.offset);
      out.put(one.checksum);
    }
  }
  void load(ByteReader& in) {
    all_.clear();
    const auto count = in.get<std::uint64_t>();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const std::string topic(in.get_string());
      const auto partition = in.get<std::int32_t>();
      const auto offset = in.get<std::int64_t>();
      set(topic, partition, offset, in.get<std::uint64_t>());
    }
  }

 private:
  static std::pair<std::string_view, std::int32_t> key(const Anchor& one) { return {one.topic, one.partition}; }
  std::vector<Anchor> all_;
};

}  // namespace rekindle
