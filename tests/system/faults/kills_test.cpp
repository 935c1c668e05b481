// kill -9 at random moments, and before and after each operation on the files of the state directory.
#include <gmock/gmock.h>

#include <thread>

#include "tests/system/faults/shim.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

// One topic, learned again and again in a new directory, each time through kills until its end.
class Kills : public DaemonTest {
 protected:
  void begin(std::size_t samples, const Arguments& settings) {
    lines_ = drifting_stream(samples);
    deployment_ = deploy(lines_).with(settings);
    expected_ = text_at(replayed(deployment_, lines_), "/state_hash");
    next_directory();
  }
  void next_directory() {
    deployment_ = deployment_.in(folder() / ("state-" + std::to_string(++directories_)));
    saved_ = 0;
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(lines_.size()); }
  // What is saved may only grow.
  void look_at_the_saved() {
    const auto saved = saved_position(deployment_.state);
    ASSERT_GE(saved, saved_);
    if (saved > saved_ && saved < size()) ++in_the_middle_;
    saved_ = saved;
  }
  // Without a kill: every record once, and the bits of a replay.
  void finish() {
    const auto end = learn_until(deployment_, size());
    ASSERT_EQ(text_at(end, "/state_hash"), expected_);
    ASSERT_EQ(whole_at(end, "/learned"), size());
    ++ends_;
  }
  [[nodiscard]] std::string outcome() const {
    return fmt::format("{} in the middle of learning, {} ends, all in the bits of a replay", in_the_middle_, ends_);
  }

  std::vector<std::string> lines_;
  Deployment deployment_;
  std::string expected_;
  std::int64_t saved_ = 0;
  int directories_ = 0;
  int in_the_middle_ = 0;
  int ends_ = 0;
};

TEST_F(Kills, AtRandomMoments) {
  begin(300'000, {"checkpoint.every=20ms", "checkpoint.every_samples=2000"});
  std::minstd_rand random(fault_seed());
  const int kills = tries(10, 400);
  for (int i = 0; i < kills; ++i) {
    Daemon daemon(deployment_);
    // Every second time while it learns, else wherever it is by then: it may still be loading.
    if (i % 2 == 0) {
      ASSERT_TRUE(daemon.reaches(std::min(saved_ + 1, size()))) << daemon.log();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % (i % 2 == 0 ? 40 : 300)));
    daemon.kill();
    ASSERT_NO_FATAL_FAILURE(look_at_the_saved()) << "kill " << i;
    if (saved_ < size()) continue;
    ASSERT_NO_FATAL_FAILURE(finish());
    next_directory();
  }
  ASSERT_NO_FATAL_FAILURE(finish());
  report_tries("kill -9 at random", kills, outcome());
  EXPECT_GT(in_the_middle_, kills / 10);
}

TEST_F(Kills, BeforeAndAfterEachOperationOnAFile) {
  begin(static_cast<std::size_t>(tries(12'000, 100'000)), {"checkpoint.every=5ms", "checkpoint.every_samples=500"});
  const int operations = tries(6, 60);
  int kills = 0;
  for (int operation = 1; operation <= operations; ++operation) {
    for (const bool after : {false, true}) {
      const Shim shim(folder(), deployment_.state, fault_seed());
      shim.kill_at(tries(operation * 4, operation), after);
      Daemon daemon(deployment_, {}, shim.options());
      // It ends at its operation, or has none left.
      if (daemon.says("event=listening")) std::ignore = daemon.reaches(size());
      const auto ended = daemon.process().wait(1s);
      if (ended) {
        ASSERT_EQ(ended->signal, SIGKILL) << daemon.log();
        ++kills;
      }
      daemon.kill();
      ASSERT_NO_FATAL_FAILURE(look_at_the_saved()) << "operation " << operation << " after " << after;
      if (ended && saved_ < size()) continue;
      ASSERT_NO_FATAL_FAILURE(finish());
      next_directory();
    }
  }
  ASSERT_NO_FATAL_FAILURE(finish());
  report_tries("kill -9 at an operation on a file", kills, outcome());
  EXPECT_GE(kills, operations);
}

// What a power loss may not undo: the order in which the running daemon writes, syncs and renames.
TEST_F(Kills, OfThePowerFindEachNamedFileSynced) {
  begin(20'000, {"checkpoint.every=20ms", "checkpoint.every_samples=1000"});
  std::filesystem::create_directories(deployment_.state);
  const Shim shim(folder(), deployment_.state, fault_seed());
  {
    Daemon daemon(deployment_, {}, shim.options());
    ASSERT_TRUE(daemon.reaches(size())) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
  }
  const auto temporary = (deployment_.state / "checkpoint.tmp").string();
  bool file_synced = false;
  bool journal_synced = false;
  bool folder_due = false;
  int saves = 0;
  for (const auto& line : shim.operations()) {
    if (line == "write " + temporary) {
      EXPECT_FALSE(folder_due) << "the name of the last one is not safe yet";
      file_synced = false;
    }
    if (line == "fsync " + temporary) file_synced = true;
    if (line == "fdatasync " + (deployment_.state / "journal").string()) journal_synced = true;
    if (line == "fsync " + deployment_.state.string()) folder_due = false;
    EXPECT_FALSE(folder_due && line.starts_with("unlink ")) << line;
    if (!line.starts_with("rename ") || line.find("/checkpoint.") == std::string::npos) continue;
    EXPECT_TRUE(file_synced && journal_synced) << line;
    journal_synced = false;
    folder_due = true;
    ++saves;
  }
  EXPECT_FALSE(folder_due);
  EXPECT_GE(saves, 2);
  report_tries("order of syncs in the running daemon", saves, "file and journal synced before each rename, the folder after");
}

}  // namespace
}  // namespace rekindle::system_test
