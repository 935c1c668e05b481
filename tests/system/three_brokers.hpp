// Three brokers that keep each record thrice, for the tests of a group that has them.
#pragma once

#include <memory>
#include <string>

#include "tests/system/group_support.hpp"
#include "tests/system/support/kafka_cluster.hpp"

namespace rekindle::system_test {

template <class Fixture>
class OnThreeBrokers : public Fixture {
 protected:
  void SetUp() override {
    Fixture::require_kafka();
    if (this->IsSkipped() || this->HasFatalFailure()) return;
    cluster_ = std::make_unique<KafkaCluster>();
  }
  [[nodiscard]] std::string addresses() const override { return cluster_->addresses(); }
  [[nodiscard]] KafkaBroker& any_broker() const override {
    std::size_t i = 0;
    while (i + 1 < KafkaCluster::size && !cluster_->broker(i).running()) ++i;
    return cluster_->broker(i);
  }

  std::unique_ptr<KafkaCluster> cluster_;
};

}  // namespace rekindle::system_test
