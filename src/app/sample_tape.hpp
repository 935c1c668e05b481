// SampleTape: decoded samples kept in memory, to be learned more than once and out of order.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/sample.hpp"

namespace rekindle {

class SampleTape {
 public:
  // Ids are not kept.
  void add(const Sample& sample, std::string_view topic, std::int32_t partition);
  // A record that cannot be learned.
  void add_rejected(std::string_view topic, std::int32_t partition);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // False: it is one that cannot be learned. The texts are valid as long as the tape.
  [[nodiscard]] bool read(std::size_t index, Sample& out) const;
  // From 0, in the order of topic and partition.
  [[nodiscard]] std::size_t partition_of(std::size_t index) const;
  [[nodiscard]] std::size_t partitions() const { return partitions_.size(); }
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    bool usable = false;
    std::size_t place = 0;  // Of the partition, as it came first.
    std::size_t values = 0;
    std::size_t value_count = 0;
    std::size_t sparse = 0;
    std::size_t sparse_count = 0;
    std::size_t categories = 0;
    std::size_t category_count = 0;
    Label label;
    Label incumbent;
    double weight = 1;
    double offset = 0;
    std::int64_t time_ms = 0;
  };
  [[nodiscard]] std::size_t place_of(std::string_view topic, std::int32_t partition);
  [[nodiscard]] std::string_view kept(std::string_view text);
  [[nodiscard]] Label kept(Label label);

  std::vector<Entry> entries_;
  std::vector<double> values_;
  std::vector<SparseEntry> sparse_;
  std::vector<std::string_view> categories_;
  std::set<std::string, std::less<>> texts_;  // Each once.
  std::size_t text_bytes_ = 0;
  std::map<std::pair<std::string, std::int32_t>, std::size_t> partitions_;
};

}  // namespace rekindle
