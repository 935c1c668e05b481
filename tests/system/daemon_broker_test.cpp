// A broker that is not there, goes away and comes back.
#include <gmock/gmock.h>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

class Absent : public DaemonTest {
 protected:
  static bool not_ready_because(Daemon& daemon, const std::string& reason) {
    return eventually([&] {
      const auto answer = daemon.get("/readyz");
      return answer.status == 503 && answer.body.find(reason) != std::string::npos;
    });
  }
  static bool ready(Daemon& daemon) {
    return eventually([&] { return daemon.get("/readyz").status == 200; });
  }
};

TEST_F(Absent, ABrokerIsNamedAndLearnedFromOnceItComes) {
  const auto lines = drifting_stream(2000);
  const auto deployment = deploy(lines);
  broker().stop();
  Daemon daemon(deployment);
  EXPECT_TRUE(not_ready_because(daemon, "source: " + broker().address() + ": connection refused; retrying")) << daemon.get("/readyz").body;
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  EXPECT_THAT(daemon.log(), HasSubstr("event=not_ready reason=\"source: " + broker().address()));
  broker().start();
  ASSERT_TRUE(daemon.reaches(2000)) << daemon.log();
  EXPECT_TRUE(ready(daemon)) << daemon.get("/readyz").body;
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
}

TEST_F(Absent, ABrokerKilledInTheMiddleIsWaitedFor) {
  const auto& stream = long_stream();
  // A short queue: the daemon cannot have read the whole topic ahead.
  const auto deployment = deploy(stream).with({"memory_limit='16 MiB'", "checkpoint.every=100ms"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
  broker().kill();
  EXPECT_TRUE(not_ready_because(daemon, broker().address())) << daemon.get("/readyz").body;
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  const auto there = daemon.position();
  ASSERT_LT(there, stream.size());
  broker().start();
  ASSERT_TRUE(daemon.reaches(stream.size())) << daemon.log();
  EXPECT_TRUE(ready(daemon)) << daemon.get("/readyz").body;
  EXPECT_EQ(daemon.stop().code, 0);
  const auto end = inspect_json(deployment.state);
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(stream.expected, "/state_hash"));
  EXPECT_EQ(whole_at(end, "/learned"), stream.size());
}

TEST_F(Absent, ABrokerEndsADaemonThatMustBeHealthy) {
  const auto deployment = deploy({});
  broker().stop();
  const auto ended = run(command_line("run", deployment, {"--require-healthy"}));
  EXPECT_EQ(ended.status.code, 69);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("the source cannot be reached"), HasSubstr(broker().address())));
}

TEST_F(Absent, ATopicIsNamedWithItsNeighbourAndLearnedFromOnceItComes) {
  const auto lines = drifting_stream(500);
  const auto deployment = deploy(lines);
  const auto misspelt = topic_name("sample");
  Daemon daemon(deployment.with({"source.topic=" + misspelt}));
  EXPECT_TRUE(not_ready_because(daemon, "does not exist")) << daemon.get("/readyz").body;
  EXPECT_THAT(daemon.get("/readyz").body, AllOf(HasSubstr(misspelt), HasSubstr("did you mean"), HasSubstr(topic_name("samples"))));
  EXPECT_TRUE(daemon.says("event=not_ready reason=\"source: topic")) << daemon.log();
  broker().create_topic(misspelt);
  produce_all(broker().address(), misspelt, lines);
  ASSERT_TRUE(daemon.reaches(500)) << daemon.log();
  EXPECT_TRUE(ready(daemon)) << daemon.get("/readyz").body;
}

}  // namespace
}  // namespace rekindle::system_test
