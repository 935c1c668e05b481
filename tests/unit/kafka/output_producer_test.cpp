#include "connectors/kafka/output_producer.hpp"

#include <gmock/gmock.h>

#include <map>

#include "connectors/kafka/embedded_cluster.hpp"
#include "connectors/kafka/kafka_source.hpp"

namespace rekindle::kafka {
namespace {

using namespace std::chrono_literals;

class OutputProducerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto cluster = EmbeddedCluster::start();
    ASSERT_TRUE(cluster) << cluster.error().message;
    cluster_ = std::move(*cluster);
    ASSERT_TRUE(cluster_->create_topic(topic_, 2));
    auto sink = make_output_producer({{cluster_->brokers(), {}, {}}, {topic_}, /*create_topics=*/false});
    ASSERT_TRUE(sink);
    sink_ = *std::move(sink);
  }

  // How often each key is there, once there are so many.
  std::map<std::string, int> keys(std::size_t count) {
    KafkaSourceSettings settings;
    settings.kafka.brokers = cluster_->brokers();
    settings.topics = {topic_};
    auto source = make_kafka_source(settings);
    EXPECT_TRUE(source->open({}));
    std::map<std::string, int> all;
    for (int i = 0; i < 200 && all.size() < count; ++i) {
      const auto polled = source->poll(50ms);
      if (!polled) break;
      for (const auto& record : polled->records) ++all[std::string(record.key)];
    }
    return all;
  }

  const std::string topic_ = "predictions";
  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<OutputSink> sink_;
};

TEST_F(OutputProducerTest, FlushSaysThatAllHaveArrived) {
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(sink_->send({topic_, fmt::format("k{}", i), "{}"}));
  ASSERT_TRUE(sink_->flush(10s));
  const auto all = keys(5000);
  EXPECT_EQ(all.size(), 5000U);
  for (const auto& [key, times] : all) EXPECT_EQ(times, 1) << key;
}

TEST_F(OutputProducerTest, FlushIsHonestWhileNobodyAcknowledgesAndNothingIsLost) {
  ASSERT_TRUE(sink_->send({topic_, "first", "{}"}));
  ASSERT_TRUE(sink_->flush(10s));
  cluster_->set_reachable(false);
  ASSERT_TRUE(sink_->send({topic_, "second", "{}"}));
  EXPECT_FALSE(sink_->flush(300ms));
  cluster_->set_reachable(true);
  EXPECT_TRUE(sink_->flush(20s));
  EXPECT_EQ(keys(2).size(), 2U);
}

TEST_F(OutputProducerTest, WhatWasRefusedIsSentAgain) {
  ASSERT_TRUE(sink_->send({topic_, "first", "{}"}));
  ASSERT_TRUE(sink_->flush(10s));
  cluster_->fail_requests(/*produce=*/0, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  ASSERT_TRUE(sink_->send({topic_, "second", "{}"}));
  EXPECT_TRUE(sink_->flush(20s));
  EXPECT_EQ(keys(2).size(), 2U);
}

TEST_F(OutputProducerTest, AProducerThatGaveUpIsReplaced) {
  ASSERT_TRUE(sink_->send({topic_, "first", "{}"}));
  ASSERT_TRUE(sink_->flush(10s));
  cluster_->fail_requests(/*produce=*/0, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  ASSERT_TRUE(sink_->send({topic_, "second", "{}"}));
  EXPECT_TRUE(sink_->flush(20s));
  EXPECT_EQ(keys(2).size(), 2U);
}

}  // namespace
}  // namespace rekindle::kafka
