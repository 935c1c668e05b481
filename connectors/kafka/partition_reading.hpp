// Reading a partition from its beginning to its end, once.
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <string>

#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

struct ReadingSettings {
  KafkaSettings kafka;
  std::string group;  // Of the client; nothing is committed, no group is joined.
  // The mistake that is avoided: to take what a committed reader comes to as the end, although a transaction is open there.
  bool ends_at_last_stable_offset_for_test = false;
};

// A consumer without a group's work, closed when it goes, whatever happens in between.
class Reader {
 public:
  // `reset`: what happens where the topic does not have the offset any more.
  Reader(const ReadingSettings& settings, const char* isolation, const char* reset = "error");
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  [[nodiscard]] bool usable() const { return client_ != nullptr; }
  [[nodiscard]] rd_kafka_t* handle() const { return client_->handle(); }
  [[nodiscard]] std::string problem(rd_kafka_resp_err_t error) const;

 private:
  std::unique_ptr<Client> client_;
};

// All committed records of partition 0, up to where the topic ends now. False: there is no such topic. ErrorCode::unavailable: the
// brokers cannot be reached, or a transaction of somebody else is not finished yet; call it again.
[[nodiscard]] Result<bool> read_to_end(const ReadingSettings& settings, const std::string& topic,
                                       const std::function<void(const rd_kafka_message_t&)>& take);

}  // namespace rekindle::kafka
