#include <gmock/gmock.h>

#include "connectors/kafka/dead_letter_producer.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

class DeadLetters : public KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    topic_ = topic_name("samples.dead");
    sink_ = kafka::make_dead_letter_producer({{broker().address(), {}, {}}, topic_});
  }
  [[nodiscard]] Status send(std::string_view payload, std::int64_t offset = 0) {
    const std::vector<RecordHeader> headers = {{"trace", "abc"}};
    return sink_->send({.topic = "samples", .partition = 1, .offset = offset, .payload = payload, .key = "k"}, headers,
                       {RejectReason::wrong_type, "x", "is text"});
  }
  std::vector<Record> letters() { return consume_all(broker().address(), topic_); }

  std::string topic_;
  std::unique_ptr<DeadLetterSink> sink_;
};

TEST_F(DeadLetters, CreateTheirTopicAndArriveWithTheReason) {
  ASSERT_TRUE(send("{\"x\":\"a\"}", 42));
  ASSERT_TRUE(sink_->flush(20s));
  const auto all = letters();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "k");
  EXPECT_EQ(all[0].value, "{\"x\":\"a\"}");
  EXPECT_EQ(all[0].header("trace"), "abc");
  EXPECT_EQ(all[0].header("rekindle.error.topic"), "samples");
  EXPECT_EQ(all[0].header("rekindle.error.partition"), "1");
  EXPECT_EQ(all[0].header("rekindle.error.offset"), "42");
  EXPECT_EQ(all[0].header("rekindle.error.reason"), "wrong_type");
  EXPECT_EQ(all[0].header("rekindle.error.detail"), "x: is text");
  EXPECT_EQ(all.back().partition, 0);
}

TEST_F(DeadLetters, UseATopicThatExists) {
  broker().create_topic(topic_, 3);
  ASSERT_TRUE(send("bad"));
  ASSERT_TRUE(sink_->flush(20s));
  EXPECT_EQ(letters().size(), 1U);
}

TEST_F(DeadLetters, TakeRecordsThatWereTooLarge) {
  const std::string large(20'000'000, 'x');
  ASSERT_TRUE(send(large));
  ASSERT_TRUE(sink_->flush(20s));
  const auto all = letters();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].value, large);
}

TEST_F(DeadLetters, GoWithoutTheValueWhereTheTopicIsNarrow) {
  broker().create_topic(topic_, 1, {{"max.message.bytes", "1000"}});
  ASSERT_TRUE(send(std::string(5000, 'x')));
  ASSERT_TRUE(sink_->flush(20s));
  const auto all = letters();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].value, std::nullopt);
  EXPECT_EQ(all[0].header("rekindle.error.omitted"), "the value, 5000 bytes: too large for this topic");
}

TEST_F(DeadLetters, SurviveABrokerThatIsKilled) {
  ASSERT_TRUE(send("first", 0));
  ASSERT_TRUE(sink_->flush(20s));
  broker().kill();
  for (int i = 1; i < 100; ++i) ASSERT_TRUE(send("later", i));
  EXPECT_FALSE(sink_->flush(200ms));
  broker().start();
  EXPECT_TRUE(sink_->flush(30s));
  std::set<std::string> offsets;
  for (const auto& letter : letters()) offsets.insert(letter.header("rekindle.error.offset"));
  EXPECT_EQ(offsets.size(), 100U);
}

TEST_F(DeadLetters, AreMoreThanMayBeOutstanding) {
  for (int i = 0; i < 30'000; ++i) ASSERT_TRUE(send("bad", i));
  ASSERT_TRUE(sink_->flush(30s));
  EXPECT_EQ(broker().offsets(topic_, 0).second, 30'000);
}

}  // namespace
}  // namespace rekindle::system_test
