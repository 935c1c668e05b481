// librdkafka's clients as the bare loops of this folder use them; whatever fails ends the program.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <utility>
#include <vector>

#include "bench/give_up.hpp"

namespace rekindle::bench {

using Settings = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] rd_kafka_t* client(rd_kafka_type_t type, const Settings& settings);
// At an offset of partition 0, without a group that would be waited for. The queue is as deep as the daemon has it: with librdkafka's own
// settings a loop that empties its queue waits up to a second for the next fetch.
[[nodiscard]] rd_kafka_t* consumer_at(const std::string& brokers, const std::string& topic, std::int64_t offset, const Settings& more = {});
void close_consumer(rd_kafka_t* consumer);
// Waits for room; the bytes are copied. Partition 0.
void send(rd_kafka_t* producer, const std::string& topic, std::string_view key, std::string_view value);
void close_producer(rd_kafka_t* producer);

}  // namespace rekindle::bench
