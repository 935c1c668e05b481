#include "connectors/kafka/kafka_source.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "connectors/kafka/embedded_cluster.hpp"
#include "connectors/kafka/topic_producer.hpp"

namespace rekindle::kafka {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Taken {
  std::string topic;
  std::int32_t partition;
  std::int64_t offset;
  std::string payload;
  std::string key;
};

class KafkaSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto cluster = EmbeddedCluster::start();
    ASSERT_TRUE(cluster) << cluster.error().message;
    cluster_ = std::move(*cluster);
    auto producer = TopicProducer::make({cluster_->brokers(), {}, {}});
    ASSERT_TRUE(producer) << producer.error().message;
    producer_ = std::move(*producer);
  }

  void produce(const std::string& topic, int partition, int from, int to) {
    for (int i = from; i < to; ++i) {
      const auto value = fmt::format("{{\"i\":{}}}", i);
      const auto key = fmt::format("k{}", i);
      ASSERT_TRUE(producer_->produce({.topic = topic, .partition = partition, .key = key, .value = value}));
    }
    ASSERT_TRUE(producer_->flush(10s));
  }

  [[nodiscard]] KafkaSourceSettings settings(const std::string& topic) const {
    KafkaSourceSettings settings;
    settings.kafka.brokers = cluster_->brokers();
    settings.topics = {topic};
    return settings;
  }

  // Polls until there are as many records, or the condition holds, or half a minute has gone.
  static std::vector<Taken> take(
      SampleSource& source, std::size_t count, const std::function<bool()>& done = [] { return false; }) {
    std::vector<Taken> all;
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (all.size() < count && !done() && std::chrono::steady_clock::now() < deadline) {
      const auto polled = source.poll(50ms);
      EXPECT_TRUE(polled) << polled.error().message;
      if (!polled) break;
      for (const auto& record : polled->records) {
        EXPECT_TRUE(std::all_of(record.payload.end(), record.payload.end() + payload_padding, [](char c) { return c == 0; }));
        all.push_back({std::string(record.topic), record.partition, record.offset, std::string(record.payload), std::string(record.key)});
      }
    }
    return all;
  }

  static SourceStatus report(const SampleSource& source, const Position& learned = {}) {
    SourceStatus status;
    source.report(learned, status);
    return status;
  }

  std::unique_ptr<EmbeddedCluster> cluster_;
  std::unique_ptr<TopicProducer> producer_;
};

TEST_F(KafkaSourceTest, ReadsAllRecordsInOrderAndThenHasCaughtUp) {
  ASSERT_TRUE(cluster_->create_topic("samples", 2));
  produce("samples", 0, 0, 1500);
  produce("samples", 1, 0, 700);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open({}));
  const auto all = take(*source, 2200);
  ASSERT_EQ(all.size(), 2200U);
  std::array<std::int64_t, 2> next{};
  for (const auto& one : all) {
    auto& expected = next[static_cast<std::size_t>(one.partition)];
    EXPECT_EQ(one.offset, expected);
    EXPECT_EQ(one.payload, fmt::format("{{\"i\":{}}}", expected));
    EXPECT_EQ(one.key, fmt::format("k{}", expected));
    ++expected;
  }
  take(*source, 1, [&] { return report(*source).caught_up; });
  Position learned;
  learned.set("samples", 0, 1500);
  learned.set("samples", 1, 600);
  const auto status = report(*source, learned);
  EXPECT_TRUE(status.connected);
  EXPECT_TRUE(status.caught_up);
  EXPECT_EQ(status.problem, "");
  ASSERT_EQ(status.partitions.size(), 2U);
  EXPECT_EQ(status.partitions[0].lag_records, 0);
  EXPECT_EQ(status.partitions[0].lag_seconds, 0.0);
  EXPECT_EQ(status.partitions[1].lag_records, 100);
}

TEST_F(KafkaSourceTest, StartsAtThePositionAndSaysWhereTheOthersStart) {
  ASSERT_TRUE(cluster_->create_topic("samples", 2));
  produce("samples", 0, 0, 10);
  Position position;
  position.set("samples", 0, 7);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open(position));
  std::vector<PartitionPosition> started;
  std::vector<std::int64_t> offsets;
  for (int i = 0; i < 200 && offsets.size() < 3; ++i) {
    const auto polled = source->poll(50ms);
    ASSERT_TRUE(polled);
    started.insert(started.end(), polled->started.begin(), polled->started.end());
    for (const auto& record : polled->records) offsets.push_back(record.offset);
  }
  EXPECT_THAT(offsets, testing::ElementsAre(7, 8, 9));
  EXPECT_THAT(started, testing::UnorderedElementsAre(PartitionPosition{"samples", 0, 7}, PartitionPosition{"samples", 1, 0}));
}

TEST_F(KafkaSourceTest, LatestStartsAtAConcreteOffset) {
  ASSERT_TRUE(cluster_->create_topic("samples", 1));
  produce("samples", 0, 0, 10);
  auto wanted = settings("samples");
  wanted.start = Start::latest;
  auto source = make_kafka_source(wanted);
  ASSERT_TRUE(source->open({}));
  take(*source, 1, [&] { return !report(*source).partitions.empty(); });
  EXPECT_EQ(report(*source).partitions[0].next, 10);
  produce("samples", 0, 10, 12);
  const auto all = take(*source, 2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].offset, 10);
}

TEST_F(KafkaSourceTest, StopsAtTheEndAsItWas) {
  ASSERT_TRUE(cluster_->create_topic("samples", 2));
  produce("samples", 0, 0, 1000);
  auto wanted = settings("samples");
  wanted.stop_at_end = true;
  auto source = make_kafka_source(wanted);
  ASSERT_TRUE(source->open({}));
  std::size_t count = 0;
  bool at_end = false;
  for (int i = 0; i < 200 && !at_end; ++i) {
    const auto polled = source->poll(50ms);
    ASSERT_TRUE(polled);
    if (count == 0 && !polled->records.empty()) produce("samples", 0, 1000, 1100);
    count += polled->records.size();
    at_end = polled->at_end;
  }
  EXPECT_TRUE(at_end);
  EXPECT_EQ(count, 1000U);
}

TEST_F(KafkaSourceTest, WaitsForBrokersThatAreNotThereYet) {
  ASSERT_TRUE(cluster_->create_topic("samples", 1));
  produce("samples", 0, 0, 5);
  cluster_->set_reachable(false);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open({}));
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(source->poll(100ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 400ms);
  take(*source, 1, [&] { return report(*source).problem.find("refused") != std::string::npos; });
  EXPECT_FALSE(report(*source).connected);
  EXPECT_EQ(report(*source).problem, cluster_->brokers() + ": connection refused; retrying");
  cluster_->set_reachable(true);
  EXPECT_EQ(take(*source, 5).size(), 5U);
  EXPECT_TRUE(report(*source).connected);
}

TEST_F(KafkaSourceTest, GoesOnAfterAnOutage) {
  ASSERT_TRUE(cluster_->create_topic("samples", 1));
  produce("samples", 0, 0, 5);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open({}));
  EXPECT_EQ(take(*source, 5).size(), 5U);
  cluster_->set_reachable(false);
  take(*source, 1, [&] { return !report(*source).connected; });
  EXPECT_FALSE(report(*source).connected);
  cluster_->set_reachable(true);
  produce("samples", 0, 5, 8);
  const auto all = take(*source, 3);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].offset, 5);
  take(*source, 1, [&] { return report(*source).connected; });
  EXPECT_TRUE(report(*source).connected);
}

TEST_F(KafkaSourceTest, ClosesQuicklyWithoutBrokers) {
  cluster_->set_reachable(false);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open({}));
  ASSERT_TRUE(source->poll(200ms));
  Position position;
  position.set("samples", 0, 1);
  source->commit_for_lag_tools(position);
  const auto begun = std::chrono::steady_clock::now();
  source->close();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

// The embedded cluster throws the oldest records away above 5 MiB: to a reader, that is retention.
class LostRecords : public KafkaSourceTest {
 protected:
  void lose_records() {
    ASSERT_TRUE(cluster_->create_topic("samples", 1));
    const std::string value(10'000, 'x');
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(producer_->produce({.topic = "samples", .partition = 0, .value = value}));
    ASSERT_TRUE(producer_->flush(20s));
  }
};

TEST_F(LostRecords, EndReadingUnlessTheyMayBeSkipped) {
  lose_records();
  Position position;
  position.set("samples", 0, 3);
  auto source = make_kafka_source(settings("samples"));
  ASSERT_TRUE(source->open(position));
  Error error;
  for (int i = 0; i < 300 && error.message.empty(); ++i) {
    const auto polled = source->poll(50ms);
    if (!polled) error = polled.error();
  }
  EXPECT_EQ(error.code, ErrorCode::source_lost);
  EXPECT_THAT(error.message, HasSubstr("samples[0]: wanted offset 3, but the broker has offsets "));
  EXPECT_THAT(error.message, HasSubstr("to 2000"));
}

TEST_F(LostRecords, AreSkippedAndReportedWhenAllowed) {
  lose_records();
  Position position;
  position.set("samples", 0, 3);
  auto wanted = settings("samples");
  wanted.on_data_loss = DataLossPolicy::skip;
  auto source = make_kafka_source(wanted);
  ASSERT_TRUE(source->open(position));
  const auto all = take(*source, 10);
  ASSERT_GE(all.size(), 10U);
  EXPECT_GT(all[0].offset, 3);
  EXPECT_THAT(report(*source).problem, HasSubstr(fmt::format("went on at offset {}", all[0].offset)));
}

}  // namespace
}  // namespace rekindle::kafka
