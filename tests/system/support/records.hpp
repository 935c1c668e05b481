// Records written to and read from Kafka topics in one go, by a plain client that shares no logic with the daemon's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rekindle::system_test {

struct Record {
  std::optional<std::string> key = {};
  std::optional<std::string> value = {};  // Nothing: a tombstone.
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  std::int32_t partition = 0;
  std::int64_t offset = -1;       // Set when read.
  std::int64_t timestamp_ms = 0;  // 0 when written: now.

  // The last header of that name, "" when there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

// Return when everything is acknowledged; throw std::runtime_error when that takes more than a minute.
void produce_all(const std::string& brokers, const std::string& topic, const std::vector<Record>& records);
void produce_all(const std::string& brokers, const std::string& topic, const std::vector<std::string>& values, std::int32_t partition = 0);

// In one Kafka transaction, committed or aborted.
void produce_transaction(const std::string& brokers, const std::string& topic, const std::vector<std::string>& values, bool commit);

// All committed records of a topic as it is now, partition by partition. Throws when the topic cannot be read.
[[nodiscard]] std::vector<Record> consume_all(const std::string& brokers, const std::string& topic);

}  // namespace rekindle::system_test
