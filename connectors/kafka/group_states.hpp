// GroupStates: the states of one member's tasks in a compacted topic, published with their offsets and all that they led to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka/state_records.hpp"
#include "connectors/kafka/topic_creation.hpp"
#include "connectors/kafka/transactional_producer.hpp"

namespace rekindle::kafka {

struct GroupStatesSettings {
  KafkaSettings kafka;
  std::string group;
  std::string instance;                       // The same at each start of the same member: it ends what the one before has left open.
  std::string topic;                          // Of the states; created where it is not there, as all that follow.
  std::vector<std::string> compacted_topics;  // Of one partition.
  std::vector<std::string> log_topics;        // Of one partition, kept as long as the broker does.
  std::vector<std::string> output_topics;     // With the broker's number of partitions.
  std::string dead_letter_topic;              // "": none.
};

class GroupStates {
 public:
  explicit GroupStates(GroupStatesSettings settings) : settings_(std::move(settings)) {}

  // ErrorCode::unavailable: the brokers cannot be reached; call it again.
  [[nodiscard]] Status begin();

  // The newest state of each name; nothing where there is none. ErrorCode::unavailable: call it again. ErrorCode::data: damaged.
  [[nodiscard]] Result<std::map<std::string, std::optional<StoredState>>> read(const std::vector<std::string>& names);

  struct State {
    std::string name;
    std::vector<std::byte> bytes;
  };
  // One transaction. False: the member has lost its partitions, and nothing was published. Any thread, one at a time with `read`.
  [[nodiscard]] Result<bool> commit(const OutputBatch& outputs, const std::vector<State>& states,
                                    const rd_kafka_consumer_group_metadata_t& member, const Position& offsets);

  void hurry(std::chrono::milliseconds patience);
  [[nodiscard]] std::string problem() const;  // Any thread.

 private:
  void create_topics();

  struct Entry {
    StateRecords records;
    std::uint64_t sequence = 0;  // Of the state that is there.
  };
  const GroupStatesSettings settings_;
  std::map<std::string, Entry> entries_;
  mutable std::mutex mutex_;  // Of the pointer.
  std::shared_ptr<TransactionalProducer> producer_;
  bool created_ = false;
};

// The newest state of every task of a group, looked at from beside: by its name, "TOPIC[PARTITION]/GROUP". ErrorCode::data: there is no
// such topic, or a state is damaged.
[[nodiscard]] Result<std::map<std::string, StoredState>> look_at_group_states(const KafkaSettings& kafka, const std::string& topic,
                                                                              const std::string& group);

}  // namespace rekindle::kafka
