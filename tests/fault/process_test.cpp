#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/fault/trial.hpp"

namespace rekindle {
namespace {

using testing::HasSubstr;

// Large enough that a kill often falls into a write.
Checkpoint large_checkpoint(int number) {
  auto checkpoint = numbered_checkpoint(number);
  std::minstd_rand random(static_cast<unsigned>(number));
  std::vector<std::byte> bytes(400'000);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random() >> 16);
  checkpoint.sections.push_back({"large", std::move(bytes)});
  return checkpoint;
}

int number_of_large(Checkpoint checkpoint) {
  const auto number = static_cast<int>(checkpoint.created_ms);
  if (checkpoint.sections.size() != 3 || checkpoint.sections.back().bytes != large_checkpoint(number).sections.back().bytes) return -1;
  checkpoint.sections.pop_back();
  return number_of(checkpoint);
}

class RealProcess : public testing::Test {
 protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "rekindle-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

// In the child: goes on from what is there, and writes the number of each acknowledged save into the pipe.
[[noreturn]] void save_until_killed(const std::string& folder, int pipe) {
  auto store = FileStore::open(folder, 3);
  if (!store) ::_exit(1);
  const auto loaded = (*store)->load();
  if (!loaded) ::_exit(2);
  int number = *loaded ? number_of_large((*loaded)->checkpoint) : 0;
  if (number < 0) ::_exit(3);
  for (;;) {
    ++number;
    if (!(*store)->save(large_checkpoint(number))) ::_exit(4);
    if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(5);
  }
}

// The last acknowledged number of a child that is killed some time after its first.
int run_and_kill(const std::string& folder, std::chrono::microseconds later) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const auto child = ::fork();
  if (child == 0) save_until_killed(folder, ends[1]);
  ::close(ends[1]);
  int number = -1;
  int last = -1;
  if (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  std::this_thread::sleep_for(later);
  ::kill(child, SIGKILL);
  while (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? last : -1;
}

TEST_F(RealProcess, KilledAtAnyMomentLosesNothingAcknowledged) {
  std::minstd_rand random(20);
  int last = 0;
  for (int round = 0; round < 20; ++round) {
    const auto acknowledged = run_and_kill(folder_, std::chrono::microseconds(random() % 20'000));
    ASSERT_GT(acknowledged, last) << "round " << round;
    const auto loaded = load_newest(folder_);
    ASSERT_TRUE(loaded && *loaded) << "round " << round;
    EXPECT_TRUE((*loaded)->warnings.empty());
    last = number_of_large((*loaded)->checkpoint);
    ASSERT_GE(last, acknowledged) << "round " << round;
  }
}

// A real short write: the limit on the size of a file cuts one off in the middle.
TEST_F(RealProcess, AFileThatGetsTooLargeFailsCleanlyAndTheNextSaveWorks) {
  const auto child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = FileStore::open(folder_, 3);
    if (!store || !(*store)->save(numbered_checkpoint(1))) ::_exit(1);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const auto old = limit.rlim_cur;
    limit.rlim_cur = 100'000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto failed = (*store)->save(large_checkpoint(2));
    if (failed || failed.error().message.find("File too large") == std::string::npos) ::_exit(2);
    if (std::filesystem::exists(folder_ + "/checkpoint.tmp")) ::_exit(3);
    const auto still = (*store)->load();
    if (!still || !*still || number_of((*still)->checkpoint) != 1) ::_exit(4);
    limit.rlim_cur = old;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!(*store)->save(large_checkpoint(3))) ::_exit(5);
    const auto healed = (*store)->load();
    ::_exit(healed && *healed && number_of_large((*healed)->checkpoint) == 3 ? 0 : 6);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rekindle
