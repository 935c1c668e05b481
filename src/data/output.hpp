// OutputRecord: what the daemon itself writes to a topic. OutputBatch: many of them, kept until they are published together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekindle {

struct OutputHeader {
  std::string name;
  std::optional<std::string> value;
};

// A view; without a value it is a tombstone.
struct OutputRecord {
  const std::string& topic;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
  std::span<const OutputHeader> headers = {};
  std::int32_t partition = -1;  // -1: by the key's hash.
};

// Copies of records, in order, in a few buffers that `clear` keeps.
class OutputBatch {
 public:
  void add(const OutputRecord& record) {
    entries_.push_back({topic_index(record.topic), headers_index(record.headers), record.partition, keep(record.key), keep(record.value)});
  }

  [[nodiscard]] OutputRecord record(std::size_t i) const {
    const auto& entry = entries_[i];
    const auto headers = entry.headers == 0 ? none() : headers_[entry.headers - 1];
    return {topics_[entry.topic], view(entry.key), view(entry.value), headers, entry.partition};
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size() + entries_.size() * sizeof(Entry); }

  void clear() {
    bytes_.clear();
    entries_.clear();
    headers_.clear();
  }

 private:
  struct Piece {
    std::size_t at = 0;
    std::size_t size = 0;
    bool there = false;
  };
  struct Entry {
    std::uint32_t topic = 0;
    std::uint32_t headers = 0;  // One more than the index; 0: it has none.
    std::int32_t partition = -1;
    Piece key;
    Piece value;
  };

  [[nodiscard]] static std::span<const OutputHeader> none() { return {}; }
  // There are three or four.
  [[nodiscard]] std::uint32_t topic_index(const std::string& topic) {
    for (std::size_t i = 0; i < topics_.size(); ++i) {
      if (topics_[i] == topic) return static_cast<std::uint32_t>(i);
    }
    topics_.push_back(topic);
    return static_cast<std::uint32_t>(topics_.size() - 1);
  }
  [[nodiscard]] std::uint32_t headers_index(std::span<const OutputHeader> headers) {
    if (headers.empty()) return 0;
    headers_.emplace_back(headers.begin(), headers.end());
    return static_cast<std::uint32_t>(headers_.size());
  }
  [[nodiscard]] Piece keep(const std::optional<std::string_view>& text) {
    if (!text) return {};
    const auto at = bytes_.size();
    bytes_ += *text;
    return {at, text->size(), true};
  }
  [[nodiscard]] std::optional<std::string_view> view(const Piece& piece) const {
    return piece.there ? std::optional(std::string_view(bytes_).substr(piece.at, piece.size)) : std::nullopt;
  }

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<std::vector<OutputHeader>> headers_;
  std::vector<std::string> topics_;
};

}  // namespace rekindle
