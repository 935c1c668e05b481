// TopicProducer: writes records to topics as fast as they are taken; for the demonstration, generated streams and tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

struct TopicRecord {
  std::string topic;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;  // By the key's hash, or anywhere.
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};  // Nothing: a tombstone.
  std::span<const RecordHeader> headers = {};
  std::int64_t timestamp_ms = 0;  // 0: now.
};

class TopicProducer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TopicProducer>> make(const KafkaSettings& settings);

  // Takes a copy. False when there is no room: try again later.
  [[nodiscard]] Result<bool> try_produce(const TopicRecord& record);
  // Waits for room, as long as it takes.
  [[nodiscard]] Status produce(const TopicRecord& record);
  // True when within the patience everything has been acknowledged, or given up (`failed`).
  [[nodiscard]] bool flush(std::chrono::milliseconds patience);

  // As its client. What was not acknowledged by then is on the topic or not; only another producer goes on.
  [[nodiscard]] bool broken() const { return client_->broken(); }

  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }  // Given up by librdkafka.
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }
  [[nodiscard]] std::string problem() const { return client_->health().problem(); }

 private:
  TopicProducer() = default;
  void on_delivery(const rd_kafka_message_t& message);

  std::uint64_t acknowledged_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t produced_ = 0;
  std::string last_failure_;
  std::unique_ptr<Client> client_;
};

}  // namespace rekindle::kafka
