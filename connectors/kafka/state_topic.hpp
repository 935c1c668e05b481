// StateTopic: a learner's state in a compacted topic, published with its position and everything that it led to.
//
// Partition 0 of the topic holds, for each group of daemons that uses it, the records of its state (state_records.hpp), their name the
// group's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/kafka/state_records.hpp"
#include "connectors/kafka/transactional_producer.hpp"

namespace rekindle::kafka {

struct StateTopicSettings {
  KafkaSettings kafka;
  std::string topic;
  std::string group;
  std::vector<std::string> source_topics;
  std::vector<std::string> output_topics;  // To be created with the broker's defaults, unless they exist.
  std::string dead_letter_topic;           // The same, for large records; "": none.
  std::string model_topic = {};            // The same, compacted.
  // The mistake that `read` avoids: to take what a committed reader comes to as the end, although a transaction is open there.
  bool ends_at_last_stable_offset_for_test = false;
};

class StateTopic {
 public:
  explicit StateTopic(StateTopicSettings settings) : settings_(std::move(settings)) {}

  // Fences whoever wrote there before, and reads the newest state; nothing where there is none. ErrorCode::unavailable: the brokers
  // cannot be reached, or a transaction of somebody else is not finished yet; call it again. ErrorCode::data: it is damaged.
  [[nodiscard]] Result<std::optional<StoredState>> read();

  // The newest state without fencing anybody or making a topic: to look at it while a daemon writes. Errors as `read`; ErrorCode::data
  // where the topic is not there.
  [[nodiscard]] Result<std::optional<StoredState>> look();

  // The group's committed offsets in the source topics.
  [[nodiscard]] Result<Position> committed();

  // As TransactionalProducer::publish. `read` has succeeded before.
  [[nodiscard]] Status publish(std::uint64_t sequence, std::span<const std::byte> state, const Position& position,
                               const OutputBatch& outputs);

  void hurry(std::chrono::milliseconds patience);
  [[nodiscard]] std::string problem() const;  // Any thread.

 private:
  [[nodiscard]] Status connect();
  [[nodiscard]] Status create_topics();
  [[nodiscard]] Result<std::optional<StoredState>> newest();

  const StateTopicSettings settings_;
  StateRecords records_{settings_.topic, settings_.group};
  bool created_ = false;
  bool begun_ = false;        // The producer fences.
  mutable std::mutex mutex_;  // For `producer_`, which `read` may replace.
  std::shared_ptr<TransactionalProducer> producer_;
};

}  // namespace rekindle::kafka
