#include "tests/system/support/kafka_test.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace rekindle::system_test {

namespace {

// Starts with the first test that needs it, and ends with the program's last.
class SharedBroker : public testing::Environment {
 public:
  void TearDown() override { broker_.reset(); }
  [[nodiscard]] KafkaBroker& broker() {
    if (!broker_) broker_ = std::make_unique<KafkaBroker>();
    return *broker_;
  }

 private:
  std::unique_ptr<KafkaBroker> broker_;
};

// googletest owns it.
auto* const shared = static_cast<SharedBroker*>(testing::AddGlobalTestEnvironment(new SharedBroker));

}  // namespace

void KafkaTest::require_kafka() {
  if (const auto& reason = KafkaBroker::unavailable_reason(); !reason.empty()) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no Kafka broker: " << reason;
    std::cout << "SKIPPED: no Kafka broker: " << reason << std::endl;
    GTEST_SKIP() << reason;
  }
}

void KafkaTest::SetUp() {
  require_kafka();
  if (IsSkipped() || HasFatalFailure()) return;
  broker().resume();
  broker().start();
}

KafkaBroker& KafkaTest::broker() { return shared->broker(); }

std::string KafkaTest::topic_name(const std::string& name) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  auto topic = name + "." + test->test_suite_name() + "." + test->name();
  std::ranges::replace(topic, '/', '.');  // Of a test with parameters.
  return topic;
}

std::string KafkaTest::create_topic(const std::string& name, int partitions, const TopicConfig& config) {
  auto topic = topic_name(name);
  broker().create_topic(topic, partitions, config);
  return topic;
}

}  // namespace rekindle::system_test
