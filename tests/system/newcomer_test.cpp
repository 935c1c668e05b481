// A newcomer's own topic, with a real broker: look at it, record it, replay it; and what goes wrong on the way.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Newcomer : public DaemonTest {
 protected:
  Outcome init(const std::string& topic, const Arguments& more = {}) {
    Arguments arguments = {"config", "init", "--topic", topic, "--brokers", broker().address()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rekindle(arguments);
  }
};

TEST_F(Newcomer, GoesFromATopicToAConfigurationThatLearnsIt) {
  const auto lines = drifting_stream(1000);
  const auto topic = create_topic("clicks", 2);
  produce_all(broker().address(), topic, lines);
  const auto made = init(topic);
  ASSERT_EQ(made.status.code, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr("the first 200 records"), HasSubstr("task = \"binary\""), HasSubstr("label = \"y\""),
                              HasSubstr("topics = [\"" + topic + "\"]")));
  EXPECT_EQ(broker().committed("rekindle-once", topic, 0), std::nullopt) << "it commits nothing";
  const auto file = folder() / "made.toml";
  write_file(file, made.out);
  EXPECT_EQ(rekindle({"check", "-c", file.string()}).status.code, 0);
  const auto recording = (folder() / "clicks.jsonl.zst").string();
  const auto recorded = rekindle({"record", "-c", file.string(), "--to", recording});
  EXPECT_EQ(recorded.status.code, 0) << recorded.err;
  const auto replayed = rekindle({"replay", "-c", file.string(), "--from", recording, "--json"});
  ASSERT_EQ(replayed.status.code, 0) << replayed.err;
  EXPECT_EQ(whole_at(boost::json::parse(replayed.out), "/learned"), 1000);
}

TEST_F(Newcomer, ARecordingReplaysToTheStateOfTheDaemon) {
  auto lines = drifting_stream(3000);
  lines[1500] = "not json \xff";  // It goes to the dead letters there, and is counted here.
  const auto deployment = deploy(lines);
  const auto recording = folder() / "recording.jsonl";
  ASSERT_EQ(run(command_line("record", deployment, {"--to", recording.string()})).status.code, 0);
  std::ifstream file(recording);
  std::string first;
  std::getline(file, first);
  const auto json = boost::json::parse(first);
  EXPECT_EQ(text_at(json, "/payload"), lines[0]);
  EXPECT_EQ(whole_at(json, "/offset"), 0);
  EXPECT_GT(whole_at(json, "/ts"), 1'600'000'000'000);
  const auto state = folder() / "replayed";
  const auto replayed = replay_json(deployment, recording, {"--checkpoint", state.string()});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  const auto saved = inspect_json(deployment.state);
  EXPECT_EQ(text_at(saved, "/state_hash"), text_at(replayed, "/state_hash"));
  // The position is that of the topic too: a daemon could go on from there.
  EXPECT_EQ(saved_position(state), 3000);
}

TEST_F(Newcomer, ARecordingIsAsLongAsAsked) {
  const auto deployment = deploy(drifting_stream(500));
  const auto out = run(command_line("record", deployment, {"--to", "-", "--samples", "70"}));
  EXPECT_EQ(out.status.code, 0) << out.err;
  EXPECT_EQ(std::ranges::count(out.out, '\n'), 70);
}

TEST_F(Newcomer, IsToldWhichTopicsThereAre) {
  const auto topic = create_topic("clicks");
  const auto wrong = topic.substr(0, topic.size() - 1);
  const auto there = HasSubstr("topic \"" + wrong + "\" does not exist; topics there: ");
  const auto meant = HasSubstr("did you mean \"" + topic + "\"?");
  const auto made = init(wrong);
  EXPECT_EQ(made.status.code, 69);
  EXPECT_THAT(made.err, AllOf(there, meant, Not(HasSubstr("retrying"))));
  const auto deployment = write_configuration(folder(), broker().address(), wrong);
  const auto recorded = run(command_line("record", deployment, {"--to", (folder() / "out.jsonl").string()}));
  EXPECT_EQ(recorded.status.code, 69);
  EXPECT_THAT(recorded.err, AllOf(there, meant));
}

TEST_F(Newcomer, IsToldThatATopicIsEmpty) {
  const auto topic = create_topic("silence");
  const auto made = init(topic);
  EXPECT_EQ(made.status.code, 65);
  EXPECT_THAT(made.err, HasSubstr("topic \"" + topic + "\" has no records yet"));
}

TEST_F(Newcomer, IsToldOfTlsWhereThereIsNone) {
  const auto topic = create_topic("clicks");
  const auto made = init(topic, {"--property", "security.protocol=ssl"});
  EXPECT_EQ(made.status.code, 69);
  EXPECT_THAT(made.err, AllOf(HasSubstr(broker().address()), HasSubstr("SSL")));
}

TEST_F(Newcomer, IsToldThatThePasswordIsWrongButNotWhatItWas) {
  const auto topic = create_topic("clicks");
  const auto password = folder() / "password";
  write_file(password, "cleartext-canary\n");
  const auto made = rekindle({"config", "init", "--topic", topic, "--brokers", broker().sasl_address(), "--property",
                              "security.protocol=sasl_plaintext", "--property", "sasl.mechanisms=PLAIN", "--property",
                              "sasl.username=rekindle", "--secret", "sasl.password=" + password.string()});
  EXPECT_EQ(made.status.code, 69);
  EXPECT_THAT(made.err, AllOf(HasSubstr("uthentication failed"), Not(HasSubstr("canary"))));
  write_file(password, "secret\n");
  produce_all(broker().address(), topic, drifting_stream(50));
  const auto right = rekindle({"config", "init", "--topic", topic, "--brokers", broker().sasl_address(), "--property",
                               "security.protocol=sasl_plaintext", "--property", "sasl.mechanisms=PLAIN", "--property",
                               "sasl.username=rekindle", "--secret", "sasl.password=" + password.string()});
  EXPECT_EQ(right.status.code, 0) << right.err;
  EXPECT_THAT(right.out, AllOf(HasSubstr("all 50 records"), Not(HasSubstr("\"secret\""))));
}

}  // namespace
}  // namespace rekindle::system_test
