// Administration of a Kafka cluster by blocking calls, each on a connection of its own.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rekindle::system_test::admin {

using Config = std::vector<std::pair<std::string, std::string>>;

// All throw std::runtime_error with the broker's reason.
void create_topic(const std::string& brokers, const std::string& topic, int partitions, const Config& config);
void delete_topic(const std::string& brokers, const std::string& topic);
void add_partitions(const std::string& brokers, const std::string& topic, int total);
void delete_records(const std::string& brokers, const std::string& topic, int partition, std::int64_t before);
// A transaction that holds offsets may be open: is its end waited for, or what was committed before it asked for?
enum class OpenTransaction : std::uint8_t { waited_for, passed_over };
[[nodiscard]] std::optional<std::int64_t> committed(const std::string& brokers, const std::string& group, const std::string& topic,
                                                    int partition, OpenTransaction open);
[[nodiscard]] std::pair<std::int64_t, std::int64_t> offsets(const std::string& brokers, const std::string& topic, int partition);
// Access control lists, for any host.
void allow(const std::string& brokers, const std::string& who, rd_kafka_ResourceType_t kind, const std::string& name,
           rd_kafka_AclOperation_t operation);
void forbid_all(const std::string& brokers);  // Removes all of them.
// Whether a broker answers within the patience.
[[nodiscard]] bool answers(const std::string& brokers, std::chrono::milliseconds patience);

}  // namespace rekindle::system_test::admin
