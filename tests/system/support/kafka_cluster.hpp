// KafkaCluster: three real brokers as one cluster, each record on all of them, for a test to kill one of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/system/support/kafka_broker.hpp"

namespace rekindle::system_test {

class KafkaCluster {
 public:
  static constexpr std::size_t size = 3;

  KafkaCluster();  // Returns when all of them answer.

  [[nodiscard]] std::string addresses() const;  // For bootstrap.servers.
  [[nodiscard]] KafkaBroker& broker(std::size_t index) { return *brokers_[index]; }

 private:
  std::vector<std::unique_ptr<KafkaBroker>> brokers_;
};

}  // namespace rekindle::system_test
