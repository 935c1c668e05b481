// How many partitions a topic has, asked of the brokers.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace rekindle::kafka {

struct PartitionCount {
  rd_kafka_resp_err_t unanswered = RD_KAFKA_RESP_ERR_NO_ERROR;  // No broker has said anything within the patience.
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;     // There is no such topic, or it may not be seen: no partitions.
  std::int32_t partitions = 0;
};

// Any kind of client.
[[nodiscard]] PartitionCount count_partitions(rd_kafka_t* client, const std::string& topic, std::chrono::milliseconds patience);

}  // namespace rekindle::kafka
