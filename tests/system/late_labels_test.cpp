// Labels on a topic of their own, from minutes before their samples are read to an hour after: with the real broker.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <iostream>
#include <random>
#include <set>
#include <thread>

#include "tests/system/late_stream.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class LateLabels : public DaemonTest {
 protected:
  [[nodiscard]] Deployment late(int partitions = 1) {
    auto deployment = deploy({}, partitions);
    (void)create_topic("labels", partitions);
    return deployment.with({"schema.id=id", "schema.labels_topic=" + topic_name("labels"), "checkpoint.every=50ms"});
  }
  static void produce(const LateStream& stream) {
    produce_all(broker().address(), topic_name("samples"), stream.samples);
    produce_all(broker().address(), topic_name("labels"), stream.labels);
  }
  // Both topics in one file.
  [[nodiscard]] std::filesystem::path record(const Deployment& deployment) const {
    const auto recording = folder() / "recording.jsonl";
    const auto recorded = run(command_line("record", deployment, {"--to", recording.string()}));
    EXPECT_EQ(recorded.status.code, 0) << recorded.err;
    return recording;
  }
};

TEST_F(LateLabels, KilledInTheMiddleTheCountsAreExactAndTheStateIsTheSame) {
  const auto deployment = late();
  const LateStream stream(40'000);
  produce(stream);
  std::minstd_rand random(32);
  int in_the_middle = 0;
  for (int round = 0; round < 5; ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    daemon.kill();
    const auto saved = saved_position(deployment.state);
    if (saved > 0 && saved < stream.size()) ++in_the_middle;
  }
  std::cout << in_the_middle << " of 5 kills came in the middle" << std::endl;
  EXPECT_GE(in_the_middle, 1);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(stream.size())) << daemon.log();
  const auto labels = daemon.status().at_pointer("/learner/late_labels");
  expect_exact(labels, stream);
  EXPECT_LE(whole_at(labels, "/bytes"), 64 << 20);
  EXPECT_NEAR(number_at(labels, "/mean_delay_seconds"), 1800, 60);
  EXPECT_THAT(daemon.get("/metrics").body, testing::HasSubstr(fmt::format("rekindle_label_delay_seconds_count {}", stream.matched)));
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  const auto end = inspect_json(deployment.state);
  EXPECT_EQ(whole_at(end, "/learned"), stream.matched);
  EXPECT_EQ(whole_at(end, "/samples"), 40'000);

  const auto recording = record(deployment);
  const auto replay = replay_json(deployment, recording);
  EXPECT_EQ(text_at(replay, "/state_hash"), text_at(end, "/state_hash")) << "by time, without the journal";
  expect_exact(replay.at("late_labels"), stream);
  const auto followed = replay_json(deployment, recording, {"--journal", deployment.state.string()});
  EXPECT_EQ(text_at(followed, "/state_hash"), text_at(end, "/state_hash"));
}

TEST_F(LateLabels, SeveralPartitionsAreTakenByTimeToo) {
  const auto deployment = late(/*partitions=*/3);
  LateStream stream(20'000);
  for (std::size_t i = 0; i < stream.samples.size(); ++i) stream.samples[i].partition = static_cast<std::int32_t>(i % 3);
  for (std::size_t i = 0; i < stream.labels.size(); ++i) stream.labels[i].partition = static_cast<std::int32_t>(i * 7 % 3);
  produce(stream);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
  daemon.kill();
  Daemon again(deployment);
  ASSERT_TRUE(again.reaches(stream.size())) << again.log();
  expect_exact(again.status().at_pointer("/learner/late_labels"), stream);
  EXPECT_EQ(again.stop().code, 0) << again.log();
  const auto hash = text_at(inspect_json(deployment.state), "/state_hash");
  EXPECT_EQ(text_at(replay_json(deployment, record(deployment)), "/state_hash"), hash);
}

TEST_F(LateLabels, TheBufferKeepsItsBoundAndSaysWhatItLetGo) {
  const auto deployment = late().with({"schema.label_buffer=256 KiB"});
  const LateStream stream(20'000);
  produce(stream);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(stream.size())) << daemon.log();
  const auto labels = daemon.status().at_pointer("/learner/late_labels");
  EXPECT_LE(whole_at(labels, "/bytes"), 256 << 10);
  EXPECT_GT(whole_at(labels, "/evicted"), 0);
  const auto settled = whole_at(labels, "/matched") + whole_at(labels, "/evicted") + whole_at(labels, "/timed_out");
  EXPECT_EQ(settled + whole_at(labels, "/waiting"), 20'000);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  EXPECT_EQ(text_at(replay_json(deployment, record(deployment)), "/state_hash"), text_at(inspect_json(deployment.state), "/state_hash"));
}

// The state, the predictions and the offsets of both topics are in one transaction.
TEST_F(LateLabels, ExactlyOnceHoldsForBothTopics) {
  const auto deployment = late().with({"checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"), "output.delivery=exactly_once",
                                       "output.predictions=" + topic_name("predictions")});
  const LateStream stream(15'000);
  produce(stream);
  std::minstd_rand random(33);
  for (int round = 0; round < 2; ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    daemon.kill();
  }
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(stream.size())) << daemon.log();
  expect_exact(daemon.status().at_pointer("/learner/late_labels"), stream);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  const auto looked_at = run(command_line("inspect", deployment, {"--json"}));
  ASSERT_EQ(looked_at.status.code, 0) << looked_at.err;
  EXPECT_EQ(text_at(replay_json(deployment, record(deployment)), "/state_hash"), text_at(json::parse(looked_at.out), "/state_hash"));
  const auto group = topic_name("samples");
  EXPECT_EQ(broker().committed(group, topic_name("samples"), 0), std::ssize(stream.samples));
  EXPECT_EQ(broker().committed(group, topic_name("labels"), 0), std::ssize(stream.labels));
  std::set<std::int64_t> predicted;
  for (const auto& record : consume_all(broker().address(), topic_name("predictions"))) {
    const auto offset = whole_at(json::parse(record.value.value()), "/offset");
    EXPECT_TRUE(predicted.insert(offset).second) << offset << " twice";
  }
  EXPECT_EQ(std::ssize(predicted), std::ssize(stream.samples));
}

// Live: a sample is predicted at once and learned when its label comes, and what is no label becomes a dead letter.
TEST_F(LateLabels, PredictsAtOnceAndLearnsLater) {
  const auto deployment = late().with({"output.predictions=" + topic_name("predictions")});
  LateStream stream(50);
  for (auto* records : {&stream.samples, &stream.labels}) {
    for (auto& record : *records) record.timestamp_ms = 0;
  }
  Daemon daemon(deployment);
  produce_all(broker().address(), topic_name("samples"), stream.samples);
  ASSERT_TRUE(daemon.reaches(50)) << daemon.log();
  EXPECT_EQ(whole_at(daemon.status(), "/learner/learned"), 0);
  EXPECT_EQ(whole_at(daemon.status(), "/learner/late_labels/waiting"), 50);
  produce_all(broker().address(), topic_name("labels"), stream.labels);
  produce_all(broker().address(), topic_name("labels"), std::vector<Record>{{.value = "{\"id\":\"1\"}"}, {.value = "{\"y\":1}"}});
  ASSERT_TRUE(daemon.reaches(stream.size() + 2)) << daemon.log();
  const auto status = daemon.status();
  EXPECT_EQ(whole_at(status, "/learner/learned"), stream.matched);
  EXPECT_EQ(whole_at(status, "/learner/samples"), 50);
  EXPECT_EQ(whole_at(status, "/learner/late_labels/unusable"), 2);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  EXPECT_EQ(consume_all(broker().address(), topic_name("predictions")).size(), 50U);
  EXPECT_EQ(consume_all(broker().address(), topic_name("samples") + ".dead").size(), 2U);
}

}  // namespace
}  // namespace rekindle::system_test
