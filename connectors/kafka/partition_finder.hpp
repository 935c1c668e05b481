// PartitionFinder: finds the partitions of the topics and where to start them, on a thread of its own, because
// librdkafka's lookups wait for brokers and the thread that learns must not.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connectors/kafka/client.hpp"
#include "data/anchor.hpp"
#include "data/position.hpp"

namespace rekindle::kafka {

struct FoundPartition {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t start = 0;  // Always a concrete offset.
  std::int64_t end = -1;   // First offset that did not exist yet; only looked up with `stop_at_end`.
  bool other = false;      // The record before `start` is not the one that was learned: the topic was made anew.
};

// What a broker has of a partition: offsets in [low, high).
struct PartitionExtent {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

struct Findings {
  std::vector<FoundPartition> partitions;
  std::vector<PartitionExtent> extents;  // Answers to `ask_extent`.
};

class PartitionFinder {
 public:
  PartitionFinder(Client& client, const KafkaSourceSettings& settings, Position position, const Anchors& anchors);

  [[nodiscard]] bool has_news() const { return news_.load(std::memory_order_acquire); }
  [[nodiscard]] Findings take();
  void ask_extent(const std::string& topic, std::int32_t partition);

  [[nodiscard]] bool complete() const { return complete_.load(std::memory_order_acquire); }  // Every topic has been found.
  [[nodiscard]] std::string problem() const;                                                 // What is wrong with a topic, or "".

 private:
  using Clock = std::chrono::steady_clock;
  using Wanted = std::vector<std::pair<std::int32_t, std::int64_t>>;  // Partition, time (or a logical offset).
  using Offsets = std::map<std::int32_t, std::int64_t>;

  struct Topic {
    std::string name;
    std::vector<bool> known;  // By partition: handed out, or not asked for.
    bool all_new = false;     // Partitions not seen yet are younger than this daemon's interest: start at the beginning.
    bool found = false;
    std::string problem;
  };

  void run(const std::stop_token& stop);
  void look();
  void look_for(Topic& topic);
  void missing(Topic& topic, rd_kafka_resp_err_t error);
  void start_partitions(Topic& topic, const rd_kafka_metadata_topic_t& described);
  void answer_questions();

  [[nodiscard]] MetadataHolder describe(const std::string* topic);
  [[nodiscard]] std::optional<Offsets> offsets_at(const std::string& topic, const Wanted& wanted);
  [[nodiscard]] std::optional<std::set<std::int32_t>> changed_ones(const Topic& topic, const Offsets& starts) const;
  [[nodiscard]] std::optional<Offsets> starts_of(const Topic& topic, const std::vector<std::int32_t>& partitions);
  void note(rd_kafka_resp_err_t error);  // Keeps the health and the patience up to date.
  [[nodiscard]] int patience_ms() const { return static_cast<int>(patience_.count()); }

  Client& client_;
  const KafkaSourceSettings& settings_;
  const Position position_;
  const Anchors& anchors_;
  std::vector<Topic> topics_;       // The thread's own, as are the next three.
  std::vector<std::string> names_;  // Topics that exist.
  Clock::time_point names_read_;
  std::chrono::milliseconds patience_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  Findings findings_;
  std::vector<std::pair<std::string, std::int32_t>> questions_;
  bool asked_ = false;
  std::string problem_;
  std::atomic<bool> news_ = false;
  std::atomic<bool> complete_ = false;
  std::jthread thread_;  // The last member: stops and is joined before the others go.
};

}  // namespace rekindle::kafka
