// Client: one librdkafka handle made from our settings, with its log lines and errors led to the right places.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "connectors/kafka/health.hpp"
#include "connectors/kafka/holders.hpp"
#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/source.hpp"

namespace rekindle::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

struct ClientOptions {
  rd_kafka_type_t type = RD_KAFKA_CONSUMER;
  Properties defaults;                                         // The user's properties override these ...
  Properties fixed;                                            // ... but not these: promises of ours depend on them.
  std::function<void(const rd_kafka_message_t&)> on_delivery;  // Producers: called from rd_kafka_poll.
  // Members of a group: called from rd_kafka_consumer_poll and while closing; it calls rd_kafka_assign.
  std::function<void(rd_kafka_t&, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&)> on_rebalance = nullptr;
};

class Client {
 public:
  // Connects to nothing yet; fails only when librdkafka refuses the properties.
  [[nodiscard]] static Result<std::unique_ptr<Client>> make(const KafkaSettings& settings, ClientOptions options);
  ~Client() { leave_group(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Ends a client in bounded time. librdkafka waits for the answers of brokers that may be gone, and up to 2.0.2 for ever
  // when a topic was deleted under it; then, or without `destroy`, the handle stays until the process ends, mute.
  static void end(std::unique_ptr<Client> client, bool destroy = true, std::chrono::milliseconds patience = std::chrono::seconds(2));

  [[nodiscard]] rd_kafka_t* handle() const { return handle_.get(); }
  // Nothing more can be done with it: an idempotent producer, say, that lost track of what arrived never sends again; a new client does.
  [[nodiscard]] bool broken() const { return rd_kafka_fatal_error(handle(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR; }
  [[nodiscard]] Health& health() { return health_; }
  [[nodiscard]] const Health& health() const { return health_; }

  // A line of the log, unless one of its kind went out in the last half minute. Debug lines always go out.
  void log(int level, std::string_view kind, std::string_view text);

 private:
  Client(const KafkaSettings& settings, ClientOptions& options);
  [[nodiscard]] Status start(const KafkaSettings& settings, const ClientOptions& options);
  void leave_group();

  struct Muted {
    std::chrono::steady_clock::time_point since;
    std::uint64_t lines = 0;
  };

  Health health_;
  std::shared_ptr<ClientGroup> group_;
  std::function<void(int, const std::string&)> log_;
  std::function<void(const rd_kafka_message_t&)> on_delivery_;
  std::function<void(rd_kafka_t&, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&)> on_rebalance_;
  std::mutex log_mutex_;
  std::map<std::pair<int, std::string>, Muted> muted_;
  ClientHolder handle_;  // The last member: its threads use the others.
};

// How long a producer that gave up is not replaced by another: longer each time, for what is refused is refused again at once.
class RestartPause {
 public:
  using Clock = std::chrono::steady_clock;
  // Whether it is time; the next time is later.
  [[nodiscard]] bool over() {
    if (Clock::now() < at_) return false;
    at_ = Clock::now() + pause_;
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, longest);
    return true;
  }
  void reset() { pause_ = shortest; }

 private:
  static constexpr std::chrono::milliseconds shortest{500};
  static constexpr std::chrono::milliseconds longest{4000};
  Clock::time_point at_;
  std::chrono::milliseconds pause_ = shortest;
};

// Closes a consumer before it is destroyed, in bounded time. Whether it came to its end.
[[nodiscard]] bool close_consumer(rd_kafka_t* consumer, std::chrono::milliseconds patience);

struct OutgoingRecord {
  const char* topic = nullptr;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const RecordHeader> headers;  // A value without data is a null.
  std::int64_t timestamp_ms = 0;          // 0: now.
  void* opaque = nullptr;                 // Comes back as `_private` of the delivery report.
};

// Takes a copy.
[[nodiscard]] rd_kafka_resp_err_t produce(rd_kafka_t* client, const OutgoingRecord& record);

}  // namespace rekindle::kafka
