// KafkaSettings: everything the Kafka connectors need to know, checked offline by `check_kafka_properties`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rekindle::kafka {

class ClientGroup;

struct KafkaSettings {
  std::string brokers;                                          // bootstrap.servers
  std::vector<std::pair<std::string, std::string>> properties;  // Passed through to librdkafka, secrets already read.
  // Gets the log lines of the client: syslog level (3 error, 4 warning, 6 info, 7 debug) and text; repetitions of a kind
  // are held back for half a minute. Called from any thread.
  std::function<void(int level, const std::string& text)> log;
  std::shared_ptr<ClientGroup> clients = nullptr;  // Where the clients made with this are entered; null: nowhere.
};

enum class Start : std::uint8_t { earliest, latest, time };
enum class DataLossPolicy : std::uint8_t { stop, skip };

struct KafkaSourceSettings {
  KafkaSettings kafka;
  std::vector<std::string> topics;
  std::string group = "rekindle";  // Only to commit for lag tools.
  Start start = Start::earliest;   // For partitions without a position.
  std::int64_t start_time_ms = 0;  // With Start::time.
  DataLossPolicy on_data_loss = DataLossPolicy::stop;
  std::int64_t max_record_bytes = 1048576;
  std::int64_t queue_kilobytes = 262144;    // queued.max.messages.kbytes
  bool control = false;                     // Look for commands: RawRecord::control.
  bool only_known = false;                  // Read the partitions that the position names, and no others.
  bool stop_at_end = false;                 // Read what is there when reading begins, then say `at_end`.
  std::chrono::milliseconds rescan{30000};  // How often to look for new partitions.
};

// Why librdkafka would refuse this key or value, or why rekindle does (reserved keys, keys that load code or run a
// shell); "" when it is fine. Needs no broker.
[[nodiscard]] std::string check_kafka_property(const std::string& name, const std::string& value);

// All that the files of certificates and keys hold which the properties name: what differs there needs new clients.
[[nodiscard]] std::string certificates_of(const KafkaSettings& settings);

// What only shows when all properties are taken together (a missing user name, an unreadable certificate), or "".
// Needs no broker.
[[nodiscard]] std::string check_kafka_properties(const KafkaSettings& settings);

}  // namespace rekindle::kafka
