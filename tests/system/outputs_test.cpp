// Predictions and events on topics of their own, and that no kill -9 loses or contradicts one.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::HasSubstr;

class Outputs : public DaemonTest {
 protected:
  [[nodiscard]] static Deployment writing(const Deployment& deployment) {
    return deployment.with({"output.predictions=" + topic_name("predictions"), "output.events=" + topic_name("events")});
  }
  [[nodiscard]] static std::vector<Record> read(const std::string& name) { return consume_all(broker().address(), topic_name(name)); }
  // Those of one kind, in their order.
  [[nodiscard]] static std::vector<json::object> events(std::string_view type) {
    std::vector<json::object> out;
    for (const auto& record : read("events")) {
      auto event = json::parse(record.value.value()).as_object();
      if (std::string_view(event.at("type").as_string()) == type) out.push_back(std::move(event));
    }
    return out;
  }
};

TEST_F(Outputs, EveryRecordIsPredictedWithOrWithoutItsLabel) {
  auto lines = drifting_stream(9000);
  int labelled = 0;
  std::vector<int> labels;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = json::parse(lines[i]).as_object();
    labels.push_back(line.at("y").to_number<int>());
    line["id"] = "sample " + std::to_string(i);
    if (i % 10 == 3) line.erase("y");
    if (i % 10 == 4) line["y"] = nullptr;
    if (i % 10 != 3 && i % 10 != 4) ++labelled;
    lines[i] = json::serialize(line);
  }
  const auto deployment = writing(deploy(lines)).with({"schema.id=id"});
  const auto end = learn_until(deployment, 9000);
  EXPECT_EQ(whole_at(end, "/samples"), 9000);
  EXPECT_EQ(whole_at(end, "/learned"), labelled);
  const auto replay = replayed(deployment, lines);
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(replay, "/state_hash"));

  const auto records = read("predictions");
  ASSERT_EQ(records.size(), lines.size());
  std::int64_t version = 0;
  int right = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto value = json::parse(records[i].value.value());
    ASSERT_EQ(records[i].key, topic_name("samples") + "/0/" + std::to_string(i));
    ASSERT_EQ(whole_at(value, "/offset"), static_cast<std::int64_t>(i));
    ASSERT_EQ(text_at(value, "/id"), "sample " + std::to_string(i));
    ASSERT_EQ(whole_at(value, "/model_version"), version);
    if (i % 10 != 3 && i % 10 != 4) {
      ++version;
      if (text_at(value, "/prediction") == std::to_string(labels[i])) ++right;
    }
    ASSERT_NEAR(number_at(value, "/probabilities/0") + number_at(value, "/probabilities/1"), 1, 1e-9);
  }
  EXPECT_NEAR(static_cast<double>(right) / labelled, number_at(replay, "/metrics/accuracy"), 1e-12)
      << "the scores are of these predictions";
}

TEST_F(Outputs, WhatHappensIsOnTheTopicOfEvents) {
  const auto deployment = writing(deploy(drifting_stream(9000)));
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(9000)) << daemon.log();
  ASSERT_EQ(http_post(daemon.port(), "/-/restart", "").status, 200);
  ASSERT_EQ(http_post(daemon.port(), "/-/pause", "").status, 200);
  const auto served = json::parse(daemon.get("/incidents").body).as_array();
  ASSERT_EQ(daemon.stop().code, 0) << daemon.log();

  const auto incidents = events("incident");
  ASSERT_EQ(incidents.size(), served.size());
  ASSERT_GE(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].at("sample"), served[0].at("sample"));
  EXPECT_EQ(incidents[0].at("detector"), served[0].at("detector"));
  EXPECT_EQ(text_at(incidents[0], "/response"), "restart");
  EXPECT_EQ(text_at(incidents[0], "/group"), topic_name("samples"));
  EXPECT_EQ(events("restart").size(), incidents.size() + 1) << "and the one by command";
  EXPECT_EQ(events("reset").size(), incidents.size());
  const auto commands = events("command");
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(text_at(commands[0], "/action"), "restart");
  EXPECT_EQ(text_at(commands[1], "/action"), "pause");
  const auto checkpoints = events("checkpoint");
  ASSERT_GE(checkpoints.size(), 1U) << daemon.log();
  EXPECT_EQ(whole_at(checkpoints.back(), "/position/" + topic_name("samples") + "/0"), 9000);
}

TEST_F(Outputs, ALabelThatNeverComesIsSaid) {
  const auto deployment = writing(deploy(drifting_stream(2000))).with({"schema.label=why"});
  Daemon daemon(deployment);
  EXPECT_TRUE(daemon.says("event=no_labels")) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("label=why"));
}

TEST_F(Outputs, KilledAgainAndAgainAPredictionMayComeTwiceButNeverDiffer) {
  const auto lines = drifting_stream(200'000);
  const auto deployment = writing(deploy(lines)).with({"checkpoint.every=300ms"});
  std::minstd_rand random(22);
  for (int round = 0; round < 6; ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(std::min<std::int64_t>(saved_position(deployment.state) + 1, 200'000))) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 700));
    daemon.kill();
  }
  const auto end = learn_until(deployment, static_cast<std::int64_t>(lines.size()));
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
  std::map<std::string, std::string> by_key;
  std::size_t twice = 0;
  for (const auto& record : read("predictions")) {
    const auto [entry, is_new] = by_key.emplace(record.key.value(), record.value.value());
    if (!is_new) ++twice;
    ASSERT_EQ(entry->second, record.value) << entry->first;
  }
  // Every sample has its prediction, and nothing else has one.
  EXPECT_EQ(by_key.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    ASSERT_TRUE(by_key.contains(fmt::format("{}/0/{}", topic_name("samples"), i))) << "no prediction of " << i;
  std::cout << twice << " predictions came twice" << std::endl;
  EXPECT_GT(twice, 0U) << "no kill came between a prediction and the checkpoint behind it: this has shown nothing";
  std::map<std::string, json::value> incidents;
  for (const auto& record : read("events")) {
    auto event = json::parse(record.value.value()).as_object();
    if (event.at("type").as_string() != "incident") continue;
    event.erase("time_ms");
    const auto [entry, is_new] = incidents.emplace(record.key.value(), event);
    EXPECT_EQ(entry->second, json::value(event)) << entry->first;
  }
  const auto expected = replayed(deployment, lines).at("incidents").as_array();
  EXPECT_GE(expected.size(), 2U);
  EXPECT_EQ(incidents.size(), expected.size()) << "each at least once";
}

}  // namespace
}  // namespace rekindle::system_test
