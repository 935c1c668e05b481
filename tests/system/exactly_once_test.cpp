// delivery = "exactly_once": state, offsets, predictions, events and dead letters in one Kafka transaction.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/state_topic.hpp"
#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/open_transaction.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using testing::HasSubstr;

// More of them for an hour's chaos.
int rounds() {
  const char* wanted = std::getenv("REKINDLE_CHAOS_ROUNDS");
  return wanted == nullptr ? 5 : std::atoi(wanted);
}

std::string hash_in(const std::string& log) {
  const auto at = log.rfind(" state=");
  return at == std::string::npos ? "" : log.substr(at + 7, 32);
}

class ExactlyOnce : public DaemonTest {
 protected:
  [[nodiscard]] Deployment writing(const Deployment& deployment) const {
    return deployment.with({"checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"), "output.delivery=exactly_once",
                            "output.predictions=" + topic_name("predictions"), "output.events=" + topic_name("events"),
                            "checkpoint.every=100ms", "source.on_error_limit=100% of 1000"});
  }
  [[nodiscard]] static std::vector<Record> read(const std::string& name) { return consume_all(broker().address(), topic_name(name)); }

  // The state's hash at the end.
  static std::string finish(const Deployment& deployment, std::int64_t position) {
    Daemon daemon(deployment);
    EXPECT_TRUE(daemon.reaches(position)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
    return hash_in(daemon.log());
  }

  // Each usable record has one prediction, each other one dead letter.
  static void expect_each_once(const std::vector<std::string>& lines, const std::set<std::size_t>& bad) {
    std::set<std::int64_t> predicted;
    for (const auto& record : read("predictions")) {
      const auto offset = json::parse(record.value.value()).at("offset").to_number<std::int64_t>();
      EXPECT_TRUE(predicted.insert(offset).second) << offset << " twice";
      EXPECT_FALSE(bad.contains(static_cast<std::size_t>(offset)));
    }
    EXPECT_EQ(predicted.size(), lines.size() - bad.size());
    if (bad.empty()) return;
    std::set<std::size_t> letters;
    for (const auto& record : consume_all(broker().address(), topic_name("samples") + ".dead")) {
      const auto offset = std::stoul(record.header("rekindle.error.offset"));
      EXPECT_TRUE(letters.insert(offset).second) << "letter " << offset << " twice";
      EXPECT_EQ(record.value, lines.at(offset));
    }
    EXPECT_EQ(letters, bad);
  }
};

TEST_F(ExactlyOnce, KilledAgainAndAgainEveryRecordIsPredictedOnce) {
  auto lines = drifting_stream(static_cast<std::size_t>(rounds()) * 20'000);
  std::set<std::size_t> bad;
  for (std::size_t i = 70; i < lines.size(); i += 1000) {
    lines[i] = "{\"broken\": " + std::to_string(i);
    bad.insert(i);
  }
  const auto deployment = writing(deploy(lines));
  std::minstd_rand random(23);
  int in_the_middle = 0;
  for (int round = 0; round < rounds(); ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    const auto at = daemon.position();
    if (at > 0 && at < static_cast<std::int64_t>(lines.size())) ++in_the_middle;
    daemon.kill();
  }
  std::cout << in_the_middle << " of " << rounds() << " kills came in the middle of learning" << std::endl;
  const auto hash = finish(deployment, static_cast<std::int64_t>(lines.size()));
  const auto replay = replayed(deployment, lines);
  EXPECT_EQ(hash, text_at(replay, "/state_hash"));
  expect_each_once(lines, bad);
  const auto written = broker().offsets(topic_name("predictions"), 0).second;
  std::cout << written << " offsets in the topic of " << lines.size() - bad.size() << " predictions: the others are markers and aborted"
            << std::endl;
  std::set<std::int64_t> incidents;
  for (const auto& record : read("events")) {
    const auto event = json::parse(record.value.value());
    if (text_at(event, "/type") != "incident") continue;
    EXPECT_TRUE(incidents.insert(whole_at(event, "/id")).second) << record.value.value();
  }
  EXPECT_EQ(incidents.size(), replay.at("incidents").as_array().size());
  EXPECT_EQ(broker().committed(topic_name("samples"), topic_name("samples"), 0), static_cast<std::int64_t>(lines.size()));
}

TEST_F(ExactlyOnce, AnotherMachineGoesOnWithoutTheDirectory) {
  const auto lines = drifting_stream(9000);
  const auto deployment = writing(deploy(slice(lines, 0, 5000)));
  const auto first = finish(deployment, 5000);
  EXPECT_EQ(first, text_at(replayed(deployment, slice(lines, 0, 5000)), "/state_hash"));
  produce_all(broker().address(), topic_name("samples"), slice(lines, 5000, 9000));
  const auto looked_at = run(command_line("inspect", deployment, {"--json"}));
  ASSERT_EQ(looked_at.status.code, 0) << looked_at.err;
  EXPECT_EQ(text_at(json::parse(looked_at.out), "/state_hash"), first);
  const auto exported = run(command_line("export", deployment, {"--format", "json"}));
  EXPECT_EQ(exported.status.code, 0) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("output.weight"));
  const auto elsewhere = deployment.in(folder() / "elsewhere");
  Daemon daemon(elsewhere);
  ASSERT_TRUE(daemon.reaches(9000)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_THAT(daemon.log(), HasSubstr("event=restored from=\"topic " + topic_name("state")));
  EXPECT_EQ(hash_in(daemon.log()), text_at(replayed(deployment, lines), "/state_hash"));
  expect_each_once(lines, {});
  // Back where the journal is of another past.
  Daemon again(deployment);
  EXPECT_TRUE(again.says("event=journal_begins_late")) << again.log();
}

TEST_F(ExactlyOnce, TheStateAloneMayBeInKafka) {
  const auto lines = drifting_stream(6000);
  const auto deployment = writing(deploy(lines)).with({"output.delivery=at_least_once"});
  const auto hash = finish(deployment, 6000);
  EXPECT_EQ(hash, text_at(replayed(deployment, lines), "/state_hash"));
  expect_each_once(lines, {});
  Daemon elsewhere(deployment.in(folder() / "elsewhere"));
  ASSERT_TRUE(elsewhere.reaches(6000)) << elsewhere.log();
  EXPECT_EQ(elsewhere.stop().code, 0);
  EXPECT_EQ(hash_in(elsewhere.log()), hash);
}

TEST_F(ExactlyOnce, TheJournalTellsTheOrderOfSeveralPartitionsAcrossKills) {
  const auto deployment = writing(deploy({}, /*partitions=*/3));
  for (int i = 0; i < 3; ++i) {
    produce_all(broker().address(), topic_name("samples"), drifting_stream(15'000, static_cast<std::uint64_t>(i) + 1), i);
  }
  std::minstd_rand random(24);
  for (int round = 0; round < 3; ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
    daemon.kill();
  }
  const auto hash = finish(deployment, 45'000);
  const auto recording = folder() / "samples.jsonl";
  const auto recorded = run(command_line("record", deployment, {"--to", recording.string()}));
  ASSERT_EQ(recorded.status.code, 0) << recorded.err;
  EXPECT_EQ(text_at(replay_json(deployment, recording, {"--journal", deployment.state.string()}), "/state_hash"), hash);
  EXPECT_EQ(read("predictions").size(), 45'000U);
}

TEST_F(ExactlyOnce, TheOneThatWasStoppedCannotWriteAnyMore) {
  const auto lines = drifting_stream(60'000);
  const auto deployment = writing(deploy(lines));
  Daemon zombie(deployment);
  ASSERT_TRUE(zombie.reaches(5000)) << zombie.log();
  zombie.process().send(SIGSTOP);
  const auto hash = finish(deployment.in(folder() / "elsewhere"), static_cast<std::int64_t>(lines.size()));
  zombie.process().send(SIGCONT);
  const auto ended = zombie.process().wait(30s);
  ASSERT_TRUE(ended.has_value()) << zombie.log();
  EXPECT_EQ(ended->code, 75) << zombie.log();
  EXPECT_THAT(zombie.log(), HasSubstr("another daemon of the same source.group has taken over"));
  EXPECT_EQ(hash, text_at(replayed(deployment, lines), "/state_hash"));
  expect_each_once(lines, {});
}

TEST_F(ExactlyOnce, GoesOnByItselfAfterTheBrokerWasKilled) {
  const auto lines = drifting_stream(100'000);
  const auto deployment = writing(deploy(lines));
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(5000)) << daemon.log();
  broker().kill();
  EXPECT_TRUE(daemon.says("event=not_ready")) << daemon.log();
  broker().start();
  ASSERT_TRUE(daemon.reaches(static_cast<std::int64_t>(lines.size()))) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  EXPECT_EQ(hash_in(daemon.log()), text_at(replayed(deployment, lines), "/state_hash"));
  expect_each_once(lines, {});
}

TEST_F(ExactlyOnce, WaitsForABrokerThatIsNotThereYetAndStops) {
  const auto deployment = writing(deploy(drifting_stream(100)));
  broker().stop();
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.says("event=checkpoint_waits")) << daemon.log();
  EXPECT_EQ(daemon.get("/readyz").status, 503);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
}

// What the newest state holds may be in a transaction that is still open: whoever reads only up to that would go on with an old one.
TEST_F(ExactlyOnce, WaitsForAnOpenTransactionInTheTopicOfStates) {
  const auto lines = drifting_stream(3000);
  const auto deployment = writing(deploy(lines));
  const auto hash = finish(deployment, 3000);
  OpenTransaction other(broker().address(), topic_name("state"));
  Daemon daemon(deployment);
  EXPECT_TRUE(daemon.says("a transaction in it is not finished yet")) << daemon.log();
  other.abort();
  EXPECT_TRUE(daemon.says("event=restored")) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(hash_in(daemon.log()), hash);
}

// The variant that is wrong on purpose, so that it is known what the others are worth: it takes the last stable offset for the end,
// and goes on from an old state.
TEST_F(ExactlyOnce, WhoRestoresOnlyUpToTheLastStableOffsetGoesOnWithAnOldState) {
  (void)create_topic("samples");
  kafka::StateTopicSettings settings{.kafka = {broker().address(), {}, {}},
                                     .topic = topic_name("state"),
                                     .group = topic_name("samples"),
                                     .source_topics = {topic_name("samples")},
                                     .output_topics = {},
                                     .dead_letter_topic = ""};
  const auto state_of = [](char fill) { return std::vector<std::byte>(100, static_cast<std::byte>(fill)); };
  Position position;
  position.set(settings.group, 0, 0);
  kafka::StateTopic writer(settings);
  ASSERT_TRUE(writer.read());
  ASSERT_TRUE(writer.publish(1, state_of('1'), position, {}));
  OpenTransaction other(broker().address(), settings.topic);
  ASSERT_TRUE(writer.publish(2, state_of('2'), position, {}));
  auto broken = settings;
  broken.ends_at_last_stable_offset_for_test = true;
  const auto wrong = kafka::StateTopic(broken).read();
  ASSERT_TRUE(wrong && *wrong);
  EXPECT_EQ((*wrong)->sequence, 1U) << "the state that was newest before the transaction was opened";
  kafka::StateTopic reader(settings);
  const auto waits = reader.read();
  ASSERT_FALSE(waits);
  EXPECT_THAT(waits.error().message, HasSubstr("a transaction in it is not finished yet"));
  other.abort();
  const auto right = reader.read();
  ASSERT_TRUE(right && *right) << right.error().message;
  EXPECT_EQ((*right)->sequence, 2U);
  EXPECT_EQ((*right)->bytes, state_of('2'));
}

TEST_F(ExactlyOnce, OffsetsThatSomebodyMovedAreRefused) {
  const auto deployment = writing(deploy(drifting_stream(3000)));
  (void)finish(deployment, 3000);
  kafka::ClientOptions options;
  options.fixed = {{"group.id", topic_name("samples")}};
  const auto client = kafka::Client::make({broker().address(), {}, {}}, options);
  ASSERT_TRUE(client);
  const kafka::PartitionListHolder list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_name("samples").c_str(), 0)->offset = 1000;
  ASSERT_EQ(rd_kafka_commit((*client)->handle(), list.get(), /*async=*/0), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_consumer_close((*client)->handle());

  const auto refused = run(command_line("run", deployment));
  EXPECT_EQ(refused.status.code, 65) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("the group's committed offset is 1000"));
  Daemon fresh(deployment, {"--fresh"});
  EXPECT_TRUE(fresh.reaches(3000)) << fresh.log();
  EXPECT_EQ(fresh.stop().code, 0);
  EXPECT_EQ(checkpoints_in(deployment.state / "aside-kafka").size(), 1U);
}

}  // namespace
}  // namespace rekindle::system_test
