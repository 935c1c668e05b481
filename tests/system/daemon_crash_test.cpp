// kill -9 and damaged checkpoints: the end is the same to the bit.
#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Crash : public DaemonTest {};

TEST_F(Crash, KilledTwentyTimesItEndsInTheBitsOfAReplay) {
  const auto& stream = long_stream();
  const auto deployment = deploy(stream).with({"checkpoint.every=50ms", "checkpoint.every_samples=5000"});
  std::minstd_rand random(20);
  std::int64_t last = 0;
  int in_the_middle = 0;
  for (int round = 0; round < 20; ++round) {
    // Every second time while it learns, else wherever it is by then: it may still be loading.
    const bool learning = round % 2 == 0;
    Daemon daemon(deployment);
    if (learning) {
      ASSERT_TRUE(daemon.reaches(std::min(last + 1, stream.size()))) << daemon.log();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % (learning ? 60 : 500)));
    daemon.kill();
    const auto saved = saved_position(deployment.state);
    ASSERT_GE(saved, last) << "round " << round;
    if (saved > last && saved < stream.size()) ++in_the_middle;
    last = saved;
  }
  std::cout << in_the_middle << " of 20 kills came in the middle of learning, the last at " << last << " of " << stream.size() << std::endl;
  EXPECT_GE(in_the_middle, 5);
  const auto end = learn_until(deployment, stream.size());
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(stream.expected, "/state_hash"));
  EXPECT_EQ(whole_at(end, "/learned"), stream.size());
  EXPECT_EQ(whole_at(end, "/samples"), stream.size());
}

TEST_F(Crash, KilledAmongUnusableRecordsEveryOneIsADeadLetter) {
  auto lines = drifting_stream(150'000);
  std::set<std::string> bad;
  for (std::size_t i = 50; i < lines.size(); i += 100) {
    lines[i] = "{\"broken\": " + std::to_string(i);
    bad.insert(std::to_string(i));
  }
  const auto deployment = deploy(lines).with({"checkpoint.every=20ms", "checkpoint.every_samples=500"});
  std::minstd_rand random(21);
  for (int round = 0; round < 6; ++round) {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
    daemon.kill();
  }
  const auto end = learn_until(deployment, static_cast<std::int64_t>(lines.size()));
  EXPECT_EQ(text_at(end, "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
  std::set<std::string> letters;
  for (const auto& letter : consume_all(broker().address(), topic_name("samples") + ".dead")) {
    const auto offset = letter.header("rekindle.error.offset");
    EXPECT_EQ(letter.value, lines.at(std::stoul(offset)));
    letters.insert(offset);
  }
  EXPECT_EQ(letters, bad);
}

struct Damage {
  const char* name;
  std::function<void(const std::filesystem::path&)> of;
};

void flip_a_bit(const std::filesystem::path& path) {
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(middle);
  const auto byte = static_cast<char>(file.get() ^ 4);
  file.seekp(middle);
  file.put(byte);
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all = {
      {"truncated", [](const auto& path) { std::filesystem::resize_file(path, std::filesystem::file_size(path) / 3); }},
      {"a bit flipped", flip_a_bit},
      {"emptied", [](const auto& path) { std::filesystem::resize_file(path, 0); }}};
  return all;
}

// A state with checkpoints at 3,000, 6,000 and 9,000 of 9,000 records.
class DamagedCheckpoint : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    lines_ = drifting_stream(9000);
    deployment_ = deploy({});
    for (int part = 0; part < 3; ++part) {
      produce_all(broker().address(), topic_name("samples"), slice(lines_, part * 3000, (part + 1) * 3000));
      learn_until(deployment_, (part + 1) * 3000);
    }
    ASSERT_EQ(checkpoints_in(deployment_.state).size(), 3U);
    expected_ = text_at(replayed(deployment_, lines_), "/state_hash");
  }
  // A copy to be damaged.
  [[nodiscard]] Deployment copied(const std::string& name) const {
    std::filesystem::copy(deployment_.state, folder() / name);
    return deployment_.in(folder() / name);
  }

  std::vector<std::string> lines_;
  Deployment deployment_;
  std::string expected_;
};

TEST_F(DamagedCheckpoint, FallsBackToTheOneBeforeWithAWarning) {
  for (const auto& damage : damages()) {
    SCOPED_TRACE(damage.name);
    const auto deployment = copied(damage.name);
    const auto newest = checkpoints_in(deployment.state).back();
    damage.of(newest);
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(9000)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
    EXPECT_THAT(daemon.log(), HasSubstr("level=warning event=checkpoint_skipped reason=\"" + newest.string()));
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("event=restored"), HasSubstr("samples=6000")));
    const auto end = inspect_json(deployment.state);
    EXPECT_EQ(text_at(end, "/state_hash"), expected_);
    EXPECT_EQ(whole_at(end, "/learned"), 9000);
  }
}

TEST_F(DamagedCheckpoint, NoneThatVerifiesIsRefusedWithTheChoices) {
  const auto deployment = copied("all damaged");
  const auto files = checkpoints_in(deployment.state);
  for (std::size_t i = 0; i < files.size(); ++i) damages().at(i).of(files[i]);
  const auto refused = run(command_line("run", deployment));
  EXPECT_EQ(refused.status.code, 65);
  for (const auto& file : files) EXPECT_THAT(refused.err, HasSubstr(file.filename().string()));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("put a good copy"), HasSubstr("--fresh")));
  EXPECT_EQ(checkpoints_in(deployment.state), files);

  Daemon fresh(deployment, {"--fresh"});
  ASSERT_TRUE(fresh.reaches(9000)) << fresh.log();
  EXPECT_EQ(fresh.stop().code, 0);
  EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), expected_);
  for (const auto& file : files) EXPECT_TRUE(std::filesystem::exists(deployment.state / "aside-1" / file.filename())) << file;
}

TEST_F(DamagedCheckpoint, IsNamedByInspect) {
  const auto newest = checkpoints_in(deployment_.state).back();
  flip_a_bit(newest);
  const auto alone = rekindle({"inspect", newest.string()});
  EXPECT_EQ(alone.status.code, 65);
  EXPECT_THAT(alone.err, HasSubstr(newest.string()));
  const auto folder = rekindle({"inspect", deployment_.state.string(), "--json"});
  EXPECT_EQ(folder.status.code, 0);
  EXPECT_THAT(folder.err, AllOf(HasSubstr("warning"), HasSubstr(newest.string())));
  EXPECT_THAT(folder.out, HasSubstr("\"samples\":6000"));
}

}  // namespace
}  // namespace rekindle::system_test
