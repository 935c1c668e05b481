// TopicReader: partition 0 of a topic from its beginning on, and then whatever comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "connectors/kafka/partition_reading.hpp"

namespace rekindle::kafka {

struct TopicMessage {
  std::int64_t offset = 0;
  std::string_view key;
  std::span<const std::byte> value;
};

// As `read_to_end`.
[[nodiscard]] Result<bool> read_messages_to_end(const ReadingSettings& settings, const std::string& topic,
                                                const std::function<void(const TopicMessage&)>& take);

// Committed records only. One thread.
class TopicReader {
 public:
  TopicReader(const ReadingSettings& settings, std::string topic);

  // What has come, waiting at most the patience for the first.
  void poll(std::chrono::milliseconds patience, const std::function<void(const TopicMessage&)>& take);
  // It has come to where the topic ended when reading began.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  [[nodiscard]] std::string problem() const { return reader_.usable() ? reader_.problem(RD_KAFKA_RESP_ERR_NO_ERROR) : ""; }

 private:
  void look_for_the_end();

  Reader reader_;
  std::string topic_;
  std::int64_t end_ = -1;  // Where that was; -1: not known.
  bool caught_up_ = false;
};

}  // namespace rekindle::kafka
