// TopicCreation: asks the cluster to create a topic, without waiting for the answer.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "connectors/kafka/client.hpp"

namespace rekindle::kafka {

// The source's topic may take larger records than is usual.
[[nodiscard]] Properties dead_letter_topic_config();

class TopicCreation {
 public:
  // With as many replicas as the broker's default says.
  TopicCreation(rd_kafka_t* client, const std::string& topic, int partitions, const Properties& config, std::chrono::milliseconds patience);

  // The answer, once, when it has come: "" when the topic now exists, also when it did before; else why it does not.
  [[nodiscard]] std::optional<std::string> answer();

 private:
  QueueHolder answers_;
};

}  // namespace rekindle::kafka
