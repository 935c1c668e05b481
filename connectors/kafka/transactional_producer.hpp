// TransactionalProducer: records and offsets in one Kafka transaction: all of them are there, once, or none.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "connectors/kafka/client.hpp"
#include "data/output.hpp"
#include "data/position.hpp"

namespace rekindle::kafka {

// One thread at a time but for `problem` and `hurry`.
class TransactionalProducer {
 public:
  // `id` is the same for every start of the same daemon, wherever: that fences the one before, and ends its open transaction.
  // `timeout`: after so long the brokers end a transaction whose producer has vanished.
  [[nodiscard]] static Result<std::unique_ptr<TransactionalProducer>> make(const KafkaSettings& settings, const std::string& id,
                                                                           std::chrono::milliseconds timeout = std::chrono::minutes(1));

  ~TransactionalProducer() {
    topics_.clear();
    Client::end(std::move(client_));
  }
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;

  // Fences. ErrorCode::unavailable: not within the patience; call it again.
  [[nodiscard]] Status begin(std::chrono::milliseconds patience);

  // Looks up the partitions of a topic that will be written: otherwise librdkafka does that a second after the first record.
  void look_up(const std::string& topic, std::chrono::milliseconds patience);

  // ErrorCode::unavailable: not within the patience.
  [[nodiscard]] Result<std::int32_t> partitions_of(const std::string& topic, std::chrono::milliseconds patience);

  // Begins, sends, commits, over and over until the brokers have it. A value that its topic refuses as too large is left out, with the
  // header `rekindle.error.omitted`. ErrorCode::fenced: a newer instance has taken over, or librdkafka can do no more: only a new
  // process may try. ErrorCode::unavailable: gave up in a hurry; nobody knows yet whether it was published, and a new start does.
  [[nodiscard]] Status publish(std::span<const OutputBatch* const> parts, const std::string& group, const Position& offsets);

  // The same for a member of a consumer group, whose place in it fences too. False: it has lost its partitions; nothing was published.
  [[nodiscard]] Result<bool> publish(std::span<const OutputBatch* const> parts, const rd_kafka_consumer_group_metadata_t& member,
                                     const Position& offsets);
  // The same without offsets.
  [[nodiscard]] Status publish(std::span<const OutputBatch* const> parts);

  // From now on `publish` gives up after the patience.
  void hurry(std::chrono::milliseconds patience);

  [[nodiscard]] std::string problem() const;  // Why `publish` has not succeeded yet, or "".
  [[nodiscard]] Client& client() { return *client_; }

 private:
  enum class Step { done, abort, fatal, gave_up };

  TransactionalProducer() = default;
  [[nodiscard]] Status insist_on_publishing(std::span<const OutputBatch* const> parts, const rd_kafka_consumer_group_metadata_t* member,
                                            const Position& offsets);
  [[nodiscard]] Step attempt(std::span<const OutputBatch* const> parts, const rd_kafka_consumer_group_metadata_t* member,
                             const Position& offsets);
  [[nodiscard]] Step send(std::span<const OutputBatch* const> parts);
  [[nodiscard]] Step send_one(const OutputRecord& record, std::size_t number);
  [[nodiscard]] Step send_offsets(const rd_kafka_consumer_group_metadata_t& member, const Position& offsets);
  template <class Call>
  [[nodiscard]] Step insist(const char* what, const Call& call);
  void on_delivery(const rd_kafka_message_t& message);
  void note(const std::string& problem);
  [[nodiscard]] bool given_up() const;

  std::set<std::size_t> omitted_;  // Numbers of the records whose values are too large.
  Error fatal_;
  bool member_lost_ = false;
  std::atomic<std::int64_t> give_up_at_{0};  // Steady clock, ms; 0: never.
  mutable std::mutex mutex_;
  std::string problem_;
  std::unique_ptr<Client> client_;
  std::vector<TopicHolder> topics_;
};

}  // namespace rekindle::kafka
