#include <gmock/gmock.h>

#include "connectors/kafka/dead_letter_producer.hpp"
#include "connectors/kafka/embedded_cluster.hpp"
#include "connectors/kafka/kafka_source.hpp"

namespace rekindle::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

struct Letter {
  std::string key;
  std::string value;
  bool tombstone = false;
  std::vector<std::pair<std::string, std::string>> headers;
};

class DeadLetterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto cluster = EmbeddedCluster::start();
    ASSERT_TRUE(cluster) << cluster.error().message;
    cluster_ = std::move(*cluster);
    ASSERT_TRUE(cluster_->create_topic("samples.dead", 1));
    sink_ = make_dead_letter_producer({{cluster_->brokers(), {}, {}}, "samples.dead", /*create_topic=*/false});
  }

  std::vector<Letter> letters(std::size_t count) {
    KafkaSourceSettings settings;
    settings.kafka.brokers = cluster_->brokers();
    settings.topics = {"samples.dead"};
    auto source = make_kafka_source(settings);
    EXPECT_TRUE(source->open({}));
    std::vector<Letter> all;
    for (int i = 0; i < 200 && all.size() < count; ++i) {
      const auto polled = source->poll(50ms);
      if (!polled) break;
      for (const auto& record : polled->records) {
        Letter letter{std::string(record.key), std::string(record.payload), record.tombstone, {}};
        for (const auto& [name, value] : source->headers_of(record)) letter.headers.emplace_back(name, value.data() ? value : "(null)");
        all.push_back(letter);
      }
    }
    return all;
  }

  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<DeadLetterSink> sink_;
};

TEST_F(DeadLetterTest, KeepsTheRecordAndAddsTheReason) {
  const std::vector<RecordHeader> headers = {{"trace", "abc"}, {"trace", "def"}, {"nothing", {}}};
  const RawRecord record{.topic = "samples", .partition = 3, .offset = 42, .payload = "{broken", .key = "k"};
  ASSERT_TRUE(sink_->send(record, headers, {RejectReason::undecodable, "x", "no closing brace"}));
  ASSERT_TRUE(sink_->flush(10s));
  const auto all = letters(1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "k");
  EXPECT_EQ(all[0].value, "{broken");
  EXPECT_FALSE(all[0].tombstone);
  EXPECT_THAT(all[0].headers,
              ElementsAre(Pair("trace", "abc"), Pair("trace", "def"), Pair("nothing", "(null)"), Pair("rekindle.error.topic", "samples"),
                          Pair("rekindle.error.partition", "3"), Pair("rekindle.error.offset", "42"),
                          Pair("rekindle.error.reason", "undecodable"), Pair("rekindle.error.detail", "x: no closing brace")));
}

TEST_F(DeadLetterTest, KeepsTombstonesApartFromEmptyValues) {
  ASSERT_TRUE(sink_->send({.topic = "samples", .payload = "", .key = "a", .tombstone = true}, {}, {}));
  ASSERT_TRUE(sink_->send({.topic = "samples", .payload = "", .key = "b", .tombstone = false}, {}, {}));
  ASSERT_TRUE(sink_->flush(10s));
  const auto all = letters(2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].tombstone);
  EXPECT_FALSE(all[1].tombstone);
}

TEST_F(DeadLetterTest, FlushIsHonestWhileNobodyAcknowledges) {
  EXPECT_TRUE(sink_->flush(0ms));
  cluster_->set_reachable(false);
  ASSERT_TRUE(sink_->send({.topic = "samples", .payload = "bad", .key = {}}, {}, {}));
  EXPECT_FALSE(sink_->flush(300ms));
  cluster_->set_reachable(true);
  EXPECT_TRUE(sink_->flush(20s));
  EXPECT_EQ(letters(1).size(), 1U);
}

TEST_F(DeadLetterTest, ALetterThatIsTooLargeGoesWithoutItsValue) {
  cluster_->fail_requests(/*api_key=*/0, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  ASSERT_TRUE(sink_->send({.topic = "samples", .payload = "large", .key = "k"}, {}, {}));
  ASSERT_TRUE(sink_->flush(20s));
  const auto all = letters(1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].tombstone);
  EXPECT_THAT(all[0].headers, testing::Contains(Pair("rekindle.error.omitted", "the value, 5 bytes: too large for this topic")));
}

TEST_F(DeadLetterTest, SendsAgainWhatWasNotDelivered) {
  cluster_->fail_requests(/*api_key=*/0, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  ASSERT_TRUE(sink_->send({.topic = "samples", .payload = "bad", .key = {}}, {}, {}));
  EXPECT_TRUE(sink_->flush(20s));
  EXPECT_GE(letters(1).size(), 1U);
}

}  // namespace
}  // namespace rekindle::kafka
