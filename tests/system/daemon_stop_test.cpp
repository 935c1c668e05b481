// How the daemon ends and starts again.
#include <gmock/gmock.h>

#include <iostream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

class Stop : public DaemonTest {};

TEST_F(Stop, SavesTheLastLearnedRecordAndTheNextStartGoesOnThere) {
  const auto& stream = long_stream();
  const auto deployment = deploy(stream).with({"checkpoint.every=1h"});
  std::int64_t stopped_at = 0;
  {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    const auto begun = Clock::now();
    EXPECT_EQ(daemon.stop().code, 0);
    std::cout << "stopped in " << seconds_since(begun) << " s" << std::endl;
    stopped_at = saved_position(deployment.state);
    ASSERT_LT(stopped_at, stream.size());
    EXPECT_THAT(daemon.log(), HasSubstr("event=stopped samples=" + std::to_string(stopped_at) + " "));
  }
  const auto saved = inspect_json(deployment.state);
  EXPECT_EQ(whole_at(saved, "/learned"), stopped_at);
  const auto replay = replay_json(deployment, stream.recording, {"--samples", std::to_string(stopped_at)});
  EXPECT_EQ(text_at(saved, "/state_hash"), text_at(replay, "/state_hash"));

  const auto begun = Clock::now();
  Daemon again(deployment);
  ASSERT_TRUE(again.reaches(stopped_at + 1)) << again.log();
  const auto seconds = seconds_since(begun);
  std::cout << "learns again " << seconds << " s after its start" << std::endl;
  EXPECT_LT(seconds, 3);
  ASSERT_TRUE(again.reaches(stream.size())) << again.log();
  EXPECT_EQ(again.stop().code, 0);
  const auto end = inspect_json(deployment.state);
  EXPECT_EQ(whole_at(end, "/learned"), stream.size());
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(stream.expected, "/state_hash"));
}

TEST_F(Stop, WithNothingNewChangesNothing) {
  const auto deployment = deploy(drifting_stream(500));
  const auto first = learn_until(deployment, 500);
  EXPECT_EQ(learn_until(deployment, 500), first);
}

TEST_F(Stop, OfAnInterruptIsTheSame) {
  const auto deployment = deploy(drifting_stream(500));
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  EXPECT_EQ(daemon.process().end(SIGINT, 10s).code, 0);
  EXPECT_EQ(saved_position(deployment.state), 500);
}

TEST_F(Stop, TakesNotLongWhileTheBrokerHangs) {
  const auto deployment = deploy(drifting_stream(500)).with({"checkpoint.every=1h"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  broker().pause();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(saved_position(deployment.state), 500);
}

// The topic of dead letters takes no record, however small: the broker never acknowledges one.
class StopWithoutAcknowledgement : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto lines = drifting_stream(500);
    lines[200] = "broken";
    deployment_ = deploy(lines).with({"checkpoint.every=50ms"});
    broker().create_topic(topic_name("samples") + ".dead", 1, {{"max.message.bytes", "1"}});
  }
  Deployment deployment_;
};

TEST_F(StopWithoutAcknowledgement, LeavesThePositionBeforeTheRecord) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_THAT(daemon.log(), HasSubstr("event=dead_letters_pending"));
  EXPECT_LE(saved_position(deployment_.state), 200);
}

TEST_F(StopWithoutAcknowledgement, ASecondSignalStopsAtOnce) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  const auto begun = Clock::now();
  daemon.process().send(SIGTERM);
  daemon.process().send(SIGINT);  // Another one: two of the same kind may come as one.
  const auto ended = daemon.process().wait(10s);
  ASSERT_TRUE(ended);
  EXPECT_LT(seconds_since(begun), 2);  // The first alone waits for acknowledgements for five.
  EXPECT_THAT(ended->code, testing::AnyOf(128 + SIGTERM, 128 + SIGINT));
}

TEST_F(Stop, ASecondDaemonOnTheSameDirectoryIsRefused) {
  const auto deployment = deploy(drifting_stream(500));
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  const auto second = run(command_line("run", deployment));
  EXPECT_EQ(second.status.code, 73);
  EXPECT_THAT(second.err, HasSubstr("locked by process " + std::to_string(daemon.process().id())));
  EXPECT_TRUE(daemon.process().running());
  daemon.kill();
  EXPECT_EQ(whole_at(learn_until(deployment, 500), "/learned"), 500);
}

}  // namespace
}  // namespace rekindle::system_test
