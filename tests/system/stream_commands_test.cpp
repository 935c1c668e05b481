// Commands that come as records of a real topic, at their place in the stream.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <map>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

Record command(const std::string& name, std::optional<std::string> value = {}) {
  Record record;
  record.value = std::move(value);
  record.headers = {{"other", "header"}, {"rekindle.control", name}};
  return record;
}

std::vector<Record> samples(const std::vector<std::string>& lines) {
  std::vector<Record> records;
  for (const auto& line : lines) records.push_back({.value = line});
  return records;
}

class StreamCommands : public DaemonTest {
 protected:
  void produce(const std::vector<Record>& records) { produce_all(broker().address(), topic_name("samples"), records); }
  [[nodiscard]] static std::vector<Record> read(const std::string& name) { return consume_all(broker().address(), topic_name(name)); }
  [[nodiscard]] std::filesystem::path record(const Deployment& deployment) const {
    auto recording = folder() / "recorded.jsonl";
    const auto recorded = run(command_line("record", deployment, {"--to", recording.string()}));
    EXPECT_EQ(recorded.status.code, 0) << recorded.err;
    return recording;
  }
  // The daemon's commands that came in the stream, as events, by offset.
  [[nodiscard]] static std::map<std::int64_t, json::value> events() {
    std::map<std::int64_t, json::value> out;
    for (const auto& record : read("events")) {
      auto event = json::parse(record.value.value());
      if (text_at(event, "/type") != "command") continue;
      EXPECT_TRUE(out.emplace(whole_at(event, "/offset"), event).second) << record.value.value();
    }
    return out;
  }
};

TEST_F(StreamCommands, ActOnceAtTheirPlaceAcrossAKillAndInAReplay) {
  const auto lines = drifting_stream(9000);
  const auto deployment =
      deploy({}).with({"source.control=true", "checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"),
                       "output.delivery=exactly_once", "output.events=" + topic_name("events"),
                       "output.predictions=" + topic_name("predictions"), "checkpoint.every=100ms", "drift.policy=none"});
  produce({command("note", R"({"text":"it begins"})")});
  produce(samples(slice(lines, 0, 3000)));
  produce({command("restart"), command("bump?factor=2"), command("bump", R"({"factor":"much"})"), command("pause"), command("nonsense")});
  produce(samples(slice(lines, 3000, 6000)));
  {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(6006)) << daemon.log();
    EXPECT_EQ(whole_at(daemon.status(), "/learner/samples"), 6000) << "a command is no sample";
    EXPECT_EQ(whole_at(daemon.status(), "/learner/restarts_by_reason/command"), 1);
    EXPECT_TRUE(daemon.says("event=command action=bump"));
    daemon.kill();
  }
  produce({command("pin", R"({"lr":0.003})")});
  produce(samples(slice(lines, 6000, 9000)));
  std::string hash;
  {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(9007)) << daemon.log();
    EXPECT_EQ(number_at(daemon.status(), "/learner/pinned"), 0.003);
    EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
    hash = daemon.log().substr(daemon.log().rfind(" state=") + 7, 32);
  }
  EXPECT_EQ(read("predictions").size(), 9000U);
  const auto commanded = events();
  ASSERT_EQ(commanded.size(), 4U) << "each once";
  EXPECT_EQ(text_at(commanded.at(0), "/text"), "it begins");
  EXPECT_EQ(text_at(commanded.at(3001), "/action"), "restart");
  EXPECT_EQ(whole_at(commanded.at(3001), "/sample"), 3000);
  EXPECT_GT(number_at(commanded.at(3002), "/lr_after"), number_at(commanded.at(3002), "/lr_before"));
  EXPECT_EQ(text_at(commanded.at(6006), "/action"), "pin");

  const auto letters = consume_all(broker().address(), topic_name("samples") + ".dead");
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].header("rekindle.control"), "bump");
  EXPECT_EQ(letters[0].value, R"({"factor":"much"})");
  EXPECT_THAT(letters[0].header("rekindle.error.detail"), HasSubstr("\"factor\" must be a number"));
  EXPECT_THAT(letters[1].header("rekindle.error.detail"), HasSubstr("\"pause\" is no command for the stream"));
  EXPECT_THAT(letters[2].header("rekindle.error.detail"), HasSubstr("there is no command \"nonsense\""));

  const auto recording = record(deployment);
  EXPECT_EQ(text_at(replay_json(deployment, recording), "/state_hash"), hash);
  EXPECT_EQ(text_at(replay_json(deployment, recording, {"--journal", deployment.state.string()}), "/state_hash"), hash);
  const auto uncontrolled = run(command_line("replay", deployment.with({"source.control=false"}),
                                             {"--from", recording.string(), "--journal", deployment.state.string()}));
  EXPECT_THAT(uncontrolled.err, HasSubstr("the journal has a command at"));
}

TEST_F(StreamCommands, AreSamplesLikeOthersWhereNobodyAsked) {
  const auto deployment = deploy({});
  auto one = command("restart", drifting_stream(1)[0]);
  produce({one, one});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(2)) << daemon.log();
  EXPECT_EQ(whole_at(daemon.status(), "/learner/learned"), 2);
  EXPECT_EQ(whole_at(daemon.status(), "/learner/restarts"), 0);
}

TEST_F(StreamCommands, ActOnEveryPartition) {
  const auto lines = drifting_stream(2000);
  const auto deployment = deploy({}, /*partitions=*/2).with({"source.control=true", "output.events=" + topic_name("events")});
  for (int partition = 0; partition < 2; ++partition) {
    auto records = samples(slice(lines, partition * 1000, partition * 1000 + 1000));
    records.insert(records.begin() + 500, command("reset"));
    for (auto& record : records) record.partition = partition;
    produce(records);
  }
  {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(2002)) << daemon.log();
    EXPECT_EQ(whole_at(daemon.status(), "/learner/resets_by_reason/command"), 2);
    EXPECT_EQ(daemon.stop().code, 0);
  }
  const auto replay = replay_json(deployment, record(deployment), {"--journal", deployment.state.string()});
  EXPECT_EQ(text_at(replay, "/state_hash"), text_at(inspect_json(deployment.state), "/state_hash"));
}

}  // namespace
}  // namespace rekindle::system_test
