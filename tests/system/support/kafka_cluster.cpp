#include "tests/system/support/kafka_cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/system/support/free_port.hpp"

namespace rekindle::system_test {

KafkaCluster::KafkaCluster() {
  std::vector<std::string> controllers;
  std::vector<std::string> voters;
  for (std::size_t i = 0; i < size; ++i) {
    controllers.push_back(fmt::format("127.0.0.1:{}", free_port()));
    voters.push_back(fmt::format("{}@{}", i + 1, controllers.back()));
  }
  for (std::size_t i = 0; i < size; ++i) {
    BrokerOptions options;
    options.settings = {{"node.id", fmt::format("{}", i + 1)},     {"controller.quorum.voters", fmt::format("{}", fmt::join(voters, ","))},
                        {"default.replication.factor", "3"},       {"min.insync.replicas", "2"},
                        {"offsets.topic.replication.factor", "3"}, {"transaction.state.log.replication.factor", "3"},
                        {"transaction.state.log.min.isr", "2"},    {"broker.session.timeout.ms", "6000"},
                        {"broker.heartbeat.interval.ms", "1000"}};
    options.controller = controllers[i];
    options.starts = false;
    brokers_.push_back(std::make_unique<KafkaBroker>(options));
  }
  for (auto& one : brokers_) one->launch();
  for (auto& one : brokers_) one->start();
}

std::string KafkaCluster::addresses() const {
  std::vector<std::string> all;
  for (const auto& one : brokers_) all.push_back(one->address());
  return fmt::format("{}", fmt::join(all, ","));
}

}  // namespace rekindle::system_test
