// A daemon on four partitions of a real broker, steered while it learns: a replay of what was recorded, along its journal, ends in
// the same state.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
constexpr int partitions = 4;

class SteeredPartitions : public DaemonTest {
 protected:
  // A part of each partition's stream, one partition after the other.
  void produce(std::ptrdiff_t from, std::ptrdiff_t to) {
    for (int i = 0; i < partitions; ++i)
      produce_all(broker().address(), topic_name("samples"), slice(streams_[static_cast<std::size_t>(i)], from, to), i);
  }
  static json::value command(Daemon& daemon, const std::string& action, const std::string& body = "") {
    const auto answer = http_post(daemon.port(), "/-/" + action, body, {});
    EXPECT_EQ(answer.status, 200) << action << ": " << answer.body;
    return json::parse(answer.body);
  }
  static void edit(const std::filesystem::path& path, const std::string& what, const std::string& by) {
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    write_file(path, replaced(text, what, by));
  }

  std::vector<std::vector<std::string>> streams_ = {drifting_stream(6000, 1), drifting_stream(6000, 2), drifting_stream(6000, 3),
                                                    drifting_stream(6000, 4)};
};

TEST_F(SteeredPartitions, AReplayOfTheRecordingAlongTheJournalEndsInTheDaemonsState) {
  const auto deployment = deploy({}, partitions);
  std::string hash;
  {
    Daemon daemon(deployment);
    produce(0, 2000);
    ASSERT_TRUE(daemon.reaches(2500)) << daemon.log();
    (void)command(daemon, "pause");
    (void)command(daemon, "pin", R"({"lr":0.02})");
    produce(2000, 4000);
    (void)command(daemon, "resume");
    ASSERT_TRUE(daemon.reaches(11'000)) << daemon.log();
    edit(deployment.configuration, "lr_min = 5e-5", "lr_min = 0.003");
    const auto reloaded = command(daemon, "reload");
    EXPECT_EQ(reloaded.at("changed"), json::array{"schedule.lr_min"});
    (void)command(daemon, "unpin");
    (void)command(daemon, "restart");
    ASSERT_TRUE(daemon.reaches(16'000)) << daemon.log();
    // What comes after the last checkpoint, and commands with it, come again.
    (void)command(daemon, "checkpoint");
    (void)command(daemon, "pin", R"({"lr":0.5})");
    daemon.kill();
  }
  {
    Daemon daemon(deployment);
    produce(4000, 6000);
    ASSERT_TRUE(daemon.reaches(20'000)) << daemon.log();
    (void)command(daemon, "reset");
    ASSERT_TRUE(daemon.reaches(24'000)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  }
  hash = text_at(inspect_json(deployment.state), "/state_hash");
  const auto recording = folder() / "samples.jsonl";
  const auto recorded = run(command_line("record", deployment, {"--to", recording.string()}));
  ASSERT_EQ(recorded.status.code, 0) << recorded.err;
  const auto replay = replay_json(deployment, recording, {"--journal", deployment.state.string()});
  EXPECT_EQ(whole_at(replay, "/samples"), 24'000);
  EXPECT_EQ(text_at(replay, "/state_hash"), hash);
  EXPECT_NE(text_at(replay_json(deployment, recording), "/state_hash"), hash) << "the order and the commands count";
}

}  // namespace
}  // namespace rekindle::system_test
