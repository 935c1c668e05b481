// Partitions that are added while the daemon learns and is killed; retention that overtakes it.
#include <gmock/gmock.h>

#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

class Partitions : public DaemonTest {};

TEST_F(Partitions, AddedAmongKillsAreLearnedInTheOrderOfTheJournal) {
  const auto deployment =
      deploy({}).with({"checkpoint.every=20ms", "checkpoint.every_samples=500", "kafka.properties.topic.metadata.refresh.interval.ms=300"});
  std::minstd_rand random(fault_seed());
  const int rounds = tries(3, 20);
  std::int64_t total = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) broker().add_partitions(topic_name("samples"), round + 1);
    for (int partition = 0; partition <= round; ++partition) {
      produce_all(broker().address(), topic_name("samples"), drifting_stream(1500, static_cast<std::uint64_t>(round * 100 + partition)),
                  partition);
      total += 1500;
    }
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.says("event=listening")) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 250));
    daemon.kill();
  }
  const auto end = learn_until(deployment, total);
  EXPECT_EQ(whole_at(end, "/learned"), total);
  const auto recording = folder() / "samples.jsonl";
  const auto recorded = run(command_line("record", deployment, {"--to", recording.string()}));
  ASSERT_EQ(recorded.status.code, 0) << recorded.err;
  EXPECT_EQ(text_at(replay_json(deployment, recording, {"--journal", deployment.state.string()}), "/state_hash"),
            text_at(end, "/state_hash"));
  report_tries("partitions added, killed in between", rounds, "each record once, and a replay along the journal ends in the same bits");
}

TEST_F(Partitions, RetentionPastTheCheckpointIsNeverSilent) {
  const int rounds = tries(2, 20);
  const auto lines = drifting_stream(static_cast<std::size_t>(rounds) * 1000 + 1000);
  const auto deployment = deploy(slice(lines, 0, 1000));
  learn_until(deployment, 1000);
  std::int64_t there = 1000;
  for (int round = 0; round < rounds; ++round) {
    produce_all(broker().address(), topic_name("samples"), slice(lines, there, there + 1000));
    broker().delete_records(topic_name("samples"), 0, there + 400);
    const auto refused = run(command_line("run", deployment));
    ASSERT_EQ(refused.status.code, 66) << refused.err;
    ASSERT_EQ(saved_position(deployment.state), there);
    there += 1000;
    Daemon skipping(deployment.with({"source.on_data_loss=skip"}));
    ASSERT_TRUE(skipping.reaches(there)) << skipping.log();
    EXPECT_EQ(whole_at(skipping.status(), "/source/losses"), 1);
    EXPECT_THAT(skipping.log(), testing::HasSubstr("event=data_loss"));
    EXPECT_EQ(skipping.stop().code, 0);
  }
  EXPECT_EQ(whole_at(inspect_json(deployment.state), "/learned"), there - rounds * 400);
  report_tries("retention past the checkpoint", rounds, "refused with 66; with skip, 400 records each counted as lost");
}

}  // namespace
}  // namespace rekindle::system_test
