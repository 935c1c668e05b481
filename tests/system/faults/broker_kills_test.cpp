// kill -9 of the broker while the daemon reads from it and writes to it.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <set>
#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

class BrokerKills : public DaemonTest {
 protected:
  // Feeds records and kills the broker right after, `kills` times; the daemon reaches the end each time.
  void torment(Daemon& daemon, const std::vector<std::string>& lines, int kills) {
    std::minstd_rand random(fault_seed());
    const auto each = lines.size() / static_cast<std::size_t>(kills);
    for (int i = 0; i < kills; ++i) {
      const auto from = static_cast<std::size_t>(i) * each;
      const auto to = i + 1 == kills ? lines.size() : from + each;
      produce_all(broker().address(), topic_name("samples"),
                  slice(lines, static_cast<std::ptrdiff_t>(from), static_cast<std::ptrdiff_t>(to)));
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
      if (daemon.position() < static_cast<std::int64_t>(to)) ++in_the_middle_;
      broker().kill();
      broker().start();
      ASSERT_TRUE(daemon.reaches(static_cast<std::int64_t>(to), std::chrono::minutes(2))) << "kill " << i << "\n" << daemon.log();
    }
  }
  int in_the_middle_ = 0;
};

TEST_F(BrokerKills, OfADaemonThatSavesInFiles) {
  const int kills = tries(1, 25);
  const auto lines = drifting_stream(static_cast<std::size_t>(kills) * 8000);
  const auto deployment = deploy({}).with({"checkpoint.every=20ms", "checkpoint.every_samples=1000"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.says("event=listening")) << daemon.log();
  ASSERT_NO_FATAL_FAILURE(torment(daemon, lines, kills));
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  const auto end = inspect_json(deployment.state);
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
  EXPECT_EQ(whole_at(end, "/learned"), static_cast<std::int64_t>(lines.size()));
  report_tries("kill -9 of the broker", kills,
               fmt::format("{} while the daemon was behind; each record learned once, in the bits of a replay", in_the_middle_));
}

TEST_F(BrokerKills, OfADaemonThatWritesInTransactions) {
  const int kills = tries(1, 25);
  const auto lines = drifting_stream(static_cast<std::size_t>(kills) * 8000);
  const auto deployment =
      deploy({}).with({"checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"), "output.delivery=exactly_once",
                       "output.predictions=" + topic_name("predictions"), "checkpoint.every=30ms"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.says("event=listening")) << daemon.log();
  ASSERT_NO_FATAL_FAILURE(torment(daemon, lines, kills));
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  const auto saved = run(command_line("inspect", deployment, {"--json"}));
  ASSERT_EQ(saved.status.code, 0) << saved.err;
  EXPECT_EQ(text_at(boost::json::parse(saved.out), "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
  std::set<std::int64_t> predicted;
  for (const auto& record : consume_all(broker().address(), topic_name("predictions"))) {
    const auto offset = boost::json::parse(record.value.value()).at("offset").to_number<std::int64_t>();
    ASSERT_TRUE(predicted.insert(offset).second) << offset << " twice";
  }
  EXPECT_EQ(predicted.size(), lines.size());
  report_tries(
      "kill -9 of the broker, in transactions", kills,
      fmt::format("{} while the daemon was behind; {} predictions, each once, in the bits of a replay", in_the_middle_, predicted.size()));
}

}  // namespace
}  // namespace rekindle::system_test
