// GroupSource: what a member of a consumer group is to learn, in the order in which it is to learn it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connectors/kafka/group_consumer.hpp"
#include "connectors/merged_source.hpp"
#include "connectors/source.hpp"

namespace rekindle::kafka {

// As it comes; where labels have a topic of their own, samples and labels in the order of their times (merged_source.hpp). The group
// deals out the samples alone: whoever has a partition of these reads the labels of the places that it names, by a client beside.
// (Both from one client, that which runs ahead would have to be paused, again and again: librdkafka 2.0.2 loses or stalls partitions by
// that.)
class GroupSource {
 public:
  struct Labels {
    std::string topic;                 // "": they come with the samples.
    std::function<Position()> places;  // Asked when the group has given partitions, after `GroupMember::assigned`.
  };
  [[nodiscard]] static Result<std::unique_ptr<GroupSource>> make(const KafkaSourceSettings& settings, GroupMember& member, Labels labels);

  // As GroupConsumer's.
  [[nodiscard]] Result<std::span<const RawRecord>> poll(std::chrono::milliseconds patience);
  [[nodiscard]] bool more() const { return merged_ ? given_ >= merged_batch_size : consumer_->more(); }
  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const;
  void hold(bool held) { consumer_->hold(held); }
  void report(const Position& learned, SourceStatus& out) const;
  void close();

  [[nodiscard]] const GroupConsumer& consumer() const { return *consumer_; }

 private:
  GroupSource(const KafkaSourceSettings& settings, Labels labels) : settings_(settings), labels_(std::move(labels)) {}
  void merge_anew();

  const KafkaSourceSettings settings_;
  const Labels labels_;
  std::unique_ptr<GroupConsumer> consumer_;
  std::unique_ptr<SampleSource> merged_;  // Null where labels come with their samples, and without partitions.
  std::uint64_t epoch_ = 0;
  std::size_t given_ = 0;
};

}  // namespace rekindle::kafka
