// OutputProducer: sends the daemon's own records to their topics, each until it is acknowledged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_settings.hpp"
#include "connectors/sink.hpp"

namespace rekindle::kafka {

struct OutputSettings {
  KafkaSettings kafka;
  std::vector<std::string> topics;  // To be created, with the broker's defaults, unless they exist.
  bool create_topics = true;        // The embedded cluster cannot do that on demand, and need not.
  std::string model_topic = {};     // The same, of one partition, compacted; "": none.
};

// Connects at once, waits for nothing. A record that may have arrived without its acknowledgement is sent again: it can be there
// twice, never not at all. Above 250,000 records (or 64 MiB) without acknowledgement `send` waits, and fails with
// ErrorCode::unavailable when half a minute changes nothing. A record that its topic refuses as too large is dropped, and the log says so.
[[nodiscard]] Result<std::unique_ptr<OutputSink>> make_output_producer(OutputSettings settings);

}  // namespace rekindle::kafka
