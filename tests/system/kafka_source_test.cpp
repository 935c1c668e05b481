#include "connectors/kafka/kafka_source.hpp"

#include <gmock/gmock.h>

#include "tests/system/source_reader.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using kafka::KafkaSourceSettings;
using testing::AllOf;
using testing::HasSubstr;

class KafkaSource : public KafkaTest {
 protected:
  static std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
    return all;
  }
  static void produce(const std::string& topic, int from, int to, int partition = 0) {
    produce_all(broker().address(), topic, numbers(from, to), partition);
  }
  static KafkaSourceSettings settings(const std::string& topic) {
    KafkaSourceSettings settings;
    settings.kafka.brokers = broker().address();
    settings.topics = {topic};
    settings.group = "group." + topic;
    settings.rescan = 500ms;
    return settings;
  }
  static Position at(const std::string& topic, std::int64_t next) {
    Position position;
    position.set(topic, 0, next);
    return position;
  }
  // Record i has offset i and value i, from `first` on.
  static void expect_numbers(const SourceReader& reader, std::int64_t first = 0) {
    for (const auto& record : reader.records()) {
      EXPECT_EQ(record, (TakenRecord{0, first, std::to_string(first)}));
      ++first;
    }
  }
};

TEST_F(KafkaSource, ReadsEveryPartitionFromItsBeginning) {
  const auto topic = create_topic("samples", 3);
  for (int partition = 0; partition < 3; ++partition) produce(topic, 0, 5000, partition);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(15000)) << reader.report().problem;
  std::array<std::int64_t, 3> next{};
  for (const auto& record : reader.records()) {
    auto& expected = next.at(static_cast<std::size_t>(record.partition));
    EXPECT_EQ(record.offset, expected);
    EXPECT_EQ(record.value, std::to_string(expected));
    ++expected;
  }
  EXPECT_TRUE(reader.read_until([&] { return reader.report().caught_up; }));
  for (const auto& partition : reader.report().partitions) EXPECT_EQ(partition.lag_records, 0);
}

TEST_F(KafkaSource, GoesOnAtThePosition) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 100);
  SourceReader reader(settings(topic), at(topic, 60));
  ASSERT_TRUE(reader.read(40));
  expect_numbers(reader, 60);
  EXPECT_EQ(reader.position(), at(topic, 100));
}

// A member of a group reads the labels of its own partitions.
TEST_F(KafkaSource, ReadsOnlyThePartitionsThatItsPositionNames) {
  const auto topic = create_topic("labels", 3);
  for (int partition = 0; partition < 3; ++partition) produce(topic, 0, 100, partition);
  auto known = settings(topic);
  known.only_known = true;
  Position position;
  position.set(topic, 1, 40);
  SourceReader reader(known, position);
  ASSERT_TRUE(reader.read(60));
  EXPECT_TRUE(reader.read_until([&] { return reader.report().caught_up; }));
  EXPECT_EQ(reader.records().size(), 60U);
  for (const auto& record : reader.records()) EXPECT_EQ(record.partition, 1);
  EXPECT_EQ(reader.report().partitions.size(), 1U);
}

TEST_F(KafkaSource, AnEmptyPartitionHasAPositionToo) {
  const auto topic = create_topic("samples");
  auto wanted = settings(topic);
  wanted.start = kafka::Start::latest;
  Position position;
  {
    SourceReader reader(wanted);
    ASSERT_TRUE(reader.read_until([&] { return !reader.position().empty(); }));
    position = reader.position();
  }
  EXPECT_EQ(position, at(topic, 0));
  produce(topic, 0, 5);  // While nobody reads.
  SourceReader reader(wanted, position);
  ASSERT_TRUE(reader.read(5));
  expect_numbers(reader);
}

TEST_F(KafkaSource, StartsAtATime) {
  const auto topic = create_topic("samples");
  std::vector<Record> records;
  for (int i = 0; i < 10; ++i) records.push_back({.value = std::to_string(i), .timestamp_ms = 1'700'000'000'000 + i * 1000});
  produce_all(broker().address(), topic, records);
  auto wanted = settings(topic);
  wanted.start = kafka::Start::time;
  wanted.start_time_ms = 1'700'000'003'500;
  SourceReader reader(wanted);
  ASSERT_TRUE(reader.read(6));
  expect_numbers(reader, 4);
  wanted.start_time_ms = 1'900'000'000'000;
  SourceReader later(wanted);
  ASSERT_TRUE(later.read_until([&] { return !later.position().empty(); }));
  EXPECT_EQ(later.position(), at(topic, 10));
}

TEST_F(KafkaSource, StopsAtTheEndOfATopic) {
  const auto topic = create_topic("samples", 2);
  produce(topic, 0, 300);
  auto wanted = settings(topic);
  wanted.stop_at_end = true;
  SourceReader reader(wanted);
  EXPECT_TRUE(reader.read_until([&] { return reader.at_end(); }));
  expect_numbers(reader);
  EXPECT_EQ(reader.records().size(), 300U);
}

TEST_F(KafkaSource, GoesOnByItselfAfterTheBrokerWasKilled) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 1000);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(1000));
  broker().kill();
  ASSERT_TRUE(reader.read_until([&] { return !reader.report().connected; }));
  EXPECT_EQ(reader.error().message, "");
  EXPECT_THAT(reader.report().problem, AllOf(HasSubstr(broker().address()), HasSubstr("retrying")));
  broker().start();
  produce(topic, 1000, 2000);
  ASSERT_TRUE(reader.read(2000)) << reader.report().problem;
  expect_numbers(reader);
  EXPECT_TRUE(reader.read_until([&] { return reader.report().connected && reader.report().caught_up; }));
}

TEST_F(KafkaSource, StartsBeforeItsBroker) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  broker().stop();
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read_until([&] { return reader.report().problem == broker().address() + ": connection refused; retrying"; }))
      << reader.report().problem;
  broker().start();
  ASSERT_TRUE(reader.read(10)) << reader.report().problem;
  expect_numbers(reader);
}

TEST_F(KafkaSource, NoticesABrokerThatHangs) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(10));
  broker().pause();
  EXPECT_TRUE(reader.read_until([&] { return !reader.report().connected; }));
  EXPECT_EQ(reader.report().problem, broker().address() + ": no answer; retrying");
  broker().resume();
  produce(topic, 10, 20);
  EXPECT_TRUE(reader.read(20));
  EXPECT_TRUE(reader.read_until([&] { return reader.report().connected; }));
  expect_numbers(reader);
}

TEST_F(KafkaSource, SaysThatAPasswordIsWrong) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  auto wanted = settings(topic);
  wanted.kafka.brokers = broker().sasl_address();
  wanted.kafka.properties = {
      {"security.protocol", "sasl_plaintext"}, {"sasl.mechanisms", "PLAIN"}, {"sasl.username", "rekindle"}, {"sasl.password", "CANARY"}};
  SourceReader refused(wanted);
  EXPECT_TRUE(refused.read_until([&] { return refused.report().problem.find("uthentication") != std::string::npos; }))
      << refused.report().problem;
  EXPECT_THAT(refused.report().problem,
              testing::StartsWith(broker().sasl_address() + ": SASL authentication error: Authentication failed"));
  EXPECT_THAT(refused.report().problem, testing::Not(HasSubstr("CANARY")));
  EXPECT_FALSE(refused.report().connected);
  wanted.kafka.properties.back().second = "secret";
  SourceReader reader(wanted);
  EXPECT_TRUE(reader.read(10)) << reader.report().problem;
}

TEST_F(KafkaSource, SaysThatABrokerDoesNotSpeakTls) {
  auto wanted = settings(create_topic("samples"));
  wanted.kafka.properties = {{"security.protocol", "ssl"}};
  SourceReader reader(wanted);
  EXPECT_TRUE(reader.read_until([&] { return reader.report().problem.find("SSL") != std::string::npos; })) << reader.report().problem;
  EXPECT_FALSE(reader.report().connected);
}

TEST_F(KafkaSource, ReadsOnlyCommittedTransactionsAndHasCaughtUpBehindTheirMarkers) {
  const auto topic = create_topic("samples");
  produce_transaction(broker().address(), topic, {"0", "1"}, /*commit=*/true);
  produce_transaction(broker().address(), topic, {"never", "never"}, /*commit=*/false);
  produce_transaction(broker().address(), topic, {"6"}, /*commit=*/true);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(3));
  const std::vector<TakenRecord> expected = {{0, 0, "0"}, {0, 1, "1"}, {0, 6, "6"}};
  EXPECT_EQ(reader.records(), expected);
  EXPECT_TRUE(reader.read_until([&] { return reader.report().caught_up; }));
  EXPECT_EQ(broker().offsets(topic, 0).second, 8);
  EXPECT_EQ(reader.report().partitions[0].next, 7);
  EXPECT_EQ(reader.report().partitions[0].lag_records, 0);
}

TEST_F(KafkaSource, ClosesQuicklyWhileTheBrokerHangs) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(10));
  broker().pause();
  reader.source().commit_for_lag_tools(reader.position());
  const auto begun = std::chrono::steady_clock::now();
  reader.source().close();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 9s);
  broker().resume();
}

TEST_F(KafkaSource, StopsWhereRetentionTookRecordsThatWereNotRead) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 100);
  broker().delete_records(topic, 0, 80);
  SourceReader reader(settings(topic), at(topic, 50));
  EXPECT_FALSE(reader.read(1));
  EXPECT_EQ(reader.error().code, ErrorCode::source_lost);
  EXPECT_THAT(
      reader.error().message,
      HasSubstr(topic + "[0]: wanted offset 50, but the broker has offsets 80 to 100: 30 records were deleted before they were read"));
  EXPECT_TRUE(reader.records().empty());
}

TEST_F(KafkaSource, SkipsThemWhenItMay) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 100);
  broker().delete_records(topic, 0, 80);
  auto wanted = settings(topic);
  wanted.on_data_loss = kafka::DataLossPolicy::skip;
  SourceReader reader(wanted, at(topic, 50));
  ASSERT_TRUE(reader.read(20));
  expect_numbers(reader, 80);
  EXPECT_THAT(reader.report().problem, AllOf(HasSubstr("30 records"), HasSubstr("went on at offset 80")));
}

TEST_F(KafkaSource, NoticesATopicThatWasMadeAnew) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 100);
  broker().delete_topic(topic);
  std::this_thread::sleep_for(500ms);
  broker().create_topic(topic);
  produce(topic, 0, 10);
  SourceReader reader(settings(topic), at(topic, 50));
  EXPECT_FALSE(reader.read(1));
  EXPECT_EQ(reader.error().code, ErrorCode::source_lost);
  EXPECT_THAT(reader.error().message, HasSubstr("the broker has offsets 0 to 10: the topic was truncated or made anew"));
}

TEST_F(KafkaSource, SaysSoWhileItsTopicIsGone) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(10));
  broker().delete_topic(topic);
  EXPECT_TRUE(reader.read_until([&] { return reader.report().problem.find("does not exist") != std::string::npos; }))
      << reader.report().problem;
  EXPECT_FALSE(reader.report().caught_up);
  EXPECT_EQ(reader.error().message, "");
}

TEST_F(KafkaSource, FindsPartitionsThatAreAdded) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  auto wanted = settings(topic);
  wanted.start = kafka::Start::latest;  // Only for what was there: all records of a new partition are new.
  SourceReader reader(wanted);
  ASSERT_TRUE(reader.read_until([&] { return !reader.position().empty(); }));
  broker().add_partitions(topic, 3);
  ASSERT_TRUE(eventually([&] {
    produce(topic, 0, 1, 2);
    return true;
  }));
  ASSERT_TRUE(reader.read(1));
  EXPECT_EQ(reader.records()[0], (TakenRecord{2, 0, "0"}));
  EXPECT_EQ(reader.position().all().size(), 3U);
}

TEST_F(KafkaSource, NamesTheTopicsThereAreWhenItsOwnIsMissing) {
  const auto topic = create_topic("samples");
  auto misspelt = topic;
  std::swap(misspelt[2], misspelt[3]);
  SourceReader reader(settings(misspelt));
  EXPECT_TRUE(reader.read_until([&] { return reader.report().problem.find("does not exist") != std::string::npos; }));
  EXPECT_THAT(reader.report().problem, AllOf(HasSubstr("\"" + misspelt + "\" does not exist; topics there: "), HasSubstr(topic),
                                             HasSubstr("did you mean \"" + topic + "\"?")));
  EXPECT_TRUE(reader.report().connected);
  broker().create_topic(misspelt);
  produce(misspelt, 0, 3);
  ASSERT_TRUE(reader.read(3));
  EXPECT_EQ(reader.report().problem, "");
}

TEST_F(KafkaSource, FetchesRecordsLargerThanTheLimitOfTheLearner) {
  const auto topic = create_topic("samples", 1, {{"max.message.bytes", "40000000"}});
  produce_all(broker().address(), topic, std::vector<std::string>{"before", std::string(30'000'000, 'x'), "after"});
  SourceReader reader(settings(topic));
  ASSERT_TRUE(reader.read(3)) << reader.report().problem;
  EXPECT_EQ(reader.records()[1].value.size(), 30'000'000U);
  EXPECT_EQ(reader.records()[2].value, "after");
}

TEST_F(KafkaSource, ShowsLagToolsHowFarTheLearnerIs) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 100);
  auto wanted = settings(topic);
  SourceReader reader(wanted);
  ASSERT_TRUE(reader.read(100));
  EXPECT_EQ(broker().committed(wanted.group, topic, 0), std::nullopt);
  reader.source().commit_for_lag_tools(at(topic, 70));
  EXPECT_TRUE(reader.read_until([&] { return broker().committed(wanted.group, topic, 0) == 70; }));
  SourceStatus status;
  reader.source().report(at(topic, 70), status);
  ASSERT_EQ(status.partitions.size(), 1U);
  EXPECT_EQ(status.partitions[0].lag_records, 30);
}

TEST_F(KafkaSource, CommitsTheLastPositionWhileClosing) {
  const auto topic = create_topic("samples");
  produce(topic, 0, 10);
  auto wanted = settings(topic);
  SourceReader reader(wanted);
  ASSERT_TRUE(reader.read(10));
  reader.source().commit_for_lag_tools(reader.position());
  reader.source().close();
  EXPECT_EQ(broker().committed(wanted.group, topic, 0), 10);
}

}  // namespace
}  // namespace rekindle::system_test
