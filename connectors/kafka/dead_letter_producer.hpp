// DeadLetterProducer: sends records that cannot be learned to a topic of their own, each until it is acknowledged.
#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/source.hpp"

namespace rekindle::kafka {

struct DeadLetterSettings {
  KafkaSettings kafka;
  std::string topic;
  // With the first letter, unless it exists. The embedded cluster cannot do that on demand, and need not.
  bool create_topic = true;
};

// Connects with the first letter. A letter that may have arrived without its acknowledgement is sent again: it can be
// there twice, never not at all. `send` returns at once while fewer than 10,000 letters (or 64 MiB) are outstanding;
// above that it waits, and fails with ErrorCode::unavailable when half a minute changes nothing.
// A letter that the topic refuses as too large goes without its value, with the header `rekindle.error.omitted`.
[[nodiscard]] std::unique_ptr<DeadLetterSink> make_dead_letter_producer(DeadLetterSettings settings);

}  // namespace rekindle::kafka
