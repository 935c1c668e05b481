// GroupConsumer: records of the partitions that a consumer group gives to this member, from where the member says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/payload_arena.hpp"
#include "connectors/source.hpp"

namespace rekindle::kafka {

// Called from within `poll` and `close`.
class GroupMember {
 public:
  virtual ~GroupMember() = default;
  // Partitions, their `next` not known yet: to be set to the offset to begin with. An error is returned by `poll`.
  [[nodiscard]] virtual Status assigned(std::vector<PartitionPosition>& partitions) = 0;
  // All of them go. `lost`: somebody else may have them already, and nothing can be committed any more.
  virtual void revoked(bool lost) = 0;
};

// The group's protocol is the eager one (assignor "range"): at each change all partitions are given back first. The cooperative one
// loses partitions in librdkafka up to 2.10.
class GroupConsumer {
 public:
  // Joins when it is polled. `settings.group` is the group.
  [[nodiscard]] static Result<std::unique_ptr<GroupConsumer>> make(const KafkaSourceSettings& settings, GroupMember& member);
  ~GroupConsumer() { close(); }
  GroupConsumer(const GroupConsumer&) = delete;
  GroupConsumer& operator=(const GroupConsumer&) = delete;

  // ErrorCode::fenced: another member has this one's group.instance.id. ErrorCode::source_lost: with DataLossPolicy::stop, records are
  // gone. The records live until the next call, and are of the partitions as they are after it.
  [[nodiscard]] Result<std::span<const RawRecord>> poll(std::chrono::milliseconds patience);
  // The newest poll gave as many as it may.
  [[nodiscard]] bool more() const { return messages_.size() >= batch_size || arena_.full(); }
  [[nodiscard]] static std::vector<RecordHeader> headers_of(const RawRecord& record);

  // No records come, of partitions that are assigned later either, until they are let go.
  void hold(bool held);
  [[nodiscard]] bool held() const { return held_; }

  // What it has now. Records from before `epoch` changed come again, to whoever has their partition then.
  [[nodiscard]] std::vector<PartitionPosition> partitions() const;
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  // This member as it is now, for a transaction.
  [[nodiscard]] GroupMetadataHolder member() const { return GroupMetadataHolder(rd_kafka_consumer_group_metadata(client_->handle())); }
  // The group's committed offsets of these partitions, those that have one. ErrorCode::unavailable: ask again.
  [[nodiscard]] Result<Position> committed(const std::vector<PartitionPosition>& partitions) const;
  // Where a partition without a position begins, as the settings say. ErrorCode::unavailable: ask again.
  [[nodiscard]] Result<std::int64_t> first_offset(const PartitionPosition& partition) const;

  // How many partitions a topic has. ErrorCode::unavailable: ask again.
  [[nodiscard]] Result<std::int32_t> partitions_of(const std::string& topic) const;

  void report(const Position& learned, SourceStatus& out) const;
  // Gives all partitions back and leaves the group, unless it is a static member.
  void close();

 private:
  GroupConsumer(const KafkaSourceSettings& settings, GroupMember& member) : settings_(settings), member_(member) {}
  void rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t& partitions);
  void assign(rd_kafka_topic_partition_list_t& partitions);
  void hold_assigned() const;
  void forget_batch();
  void look_for_brokers();
  void take(MessageHolder message);
  void take_error(const rd_kafka_message_t& message);

  struct Partition {
    std::int64_t next = 0;
    std::int64_t first = 0;
    std::int64_t last_timestamp_ms = 0;
    bool at_end = false;
  };

  static constexpr std::size_t batch_size = 512;

  const KafkaSourceSettings settings_;
  GroupMember& member_;
  std::unique_ptr<Client> client_;
  std::shared_ptr<std::atomic<bool>> closing_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<Error> failure_;
  std::map<std::pair<std::string, std::int32_t>, Partition> partitions_;
  std::set<std::string> topics_;  // Records point to their names.
  std::chrono::steady_clock::time_point looked_at_;
  std::string problem_;
  std::string loss_;
  std::uint64_t losses_ = 0;
  std::uint64_t lost_records_ = 0;
  std::uint64_t rebalances_ = 0;
  std::uint64_t epoch_ = 0;
  bool held_ = false;

  MessageHolder first_;  // Of new partitions; it came in the poll that brought them.
  PayloadArena arena_;
  std::vector<MessageHolder> messages_;
  std::vector<RawRecord> records_;
};

}  // namespace rekindle::kafka
