// KafkaTest: the base of tests that need a real broker; all tests of one program share it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/system/support/kafka_broker.hpp"

namespace rekindle::system_test {

// Where there can be no broker, the test is skipped with the reason, or fails when the environment says CI=true.
// A derived SetUp calls this one first, and returns when IsSkipped() or HasFatalFailure().
class KafkaTest : public testing::Test {
 protected:
  void SetUp() override;
  // That part of it which needs no broker to run yet: for fixtures with one of their own.
  static void require_kafka();

  // Runs at the beginning of every test, whatever the test before has done to it.
  [[nodiscard]] static KafkaBroker& broker();
  // A topic of this test only: its name and that of the test.
  [[nodiscard]] static std::string create_topic(const std::string& name, int partitions = 1, const TopicConfig& config = {});
  [[nodiscard]] static std::string topic_name(const std::string& name);
};

}  // namespace rekindle::system_test
