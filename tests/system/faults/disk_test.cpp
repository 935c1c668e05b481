// A disk that fails while the daemon learns: learning goes on, what was saved stays, and it heals by itself.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "tests/system/faults/shim.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

class Disk : public DaemonTest {
 protected:
  void begin(std::size_t samples) {
    lines_ = drifting_stream(samples);
    deployment_ = deploy({}).with({"checkpoint.every=5ms", "checkpoint.every_samples=200"});
    std::filesystem::create_directories(deployment_.state);
  }
  // More records, which are learned whatever the disk does.
  void feed(Daemon& daemon, std::size_t count) {
    const auto from = static_cast<std::ptrdiff_t>(fed_);
    fed_ = std::min(fed_ + count, lines_.size());
    produce_all(broker().address(), topic_name("samples"), slice(lines_, from, static_cast<std::ptrdiff_t>(fed_)));
    ASSERT_TRUE(daemon.reaches(static_cast<std::int64_t>(fed_))) << daemon.log().substr(0, 20'000);
  }
  // What is there can be loaded, and is no older than what was there before.
  void look_at_the_saved() {
    if (checkpoints_in(deployment_.state).empty() && saved_ == 0) return;
    const auto saved = saved_position(deployment_.state);
    ASSERT_GE(saved, saved_);
    saved_ = saved;
  }
  static int failures(Daemon& daemon) { return static_cast<int>(whole_at(daemon.status(), "/checkpoint/failures")); }
  // The disk is well again: it is saved soon, without anybody's doing, and a restart goes on from there.
  void expect_healed(Daemon& daemon) {
    ASSERT_NO_FATAL_FAILURE(feed(daemon, 300));
    EXPECT_TRUE(eventually([&] { return saved_position(deployment_.state) == static_cast<std::int64_t>(fed_); })) << daemon.log();
    EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").status == 200; })) << daemon.get("/readyz").body;
    EXPECT_EQ(daemon.stop().code, 0);
    const auto end = inspect_json(deployment_.state);
    EXPECT_EQ(text_at(end, "/state_hash"),
              text_at(replayed(deployment_, slice(lines_, 0, static_cast<std::ptrdiff_t>(fed_))), "/state_hash"));
    EXPECT_EQ(whole_at(end, "/learned"), static_cast<std::int64_t>(fed_));
  }

  std::vector<std::string> lines_;
  Deployment deployment_;
  std::size_t fed_ = 0;
  std::int64_t saved_ = 0;
};

TEST_F(Disk, ThatFailsEveryWayNowAndThen) {
  const int wanted = tries(40, 1200);
  begin(static_cast<std::size_t>(wanted) * 500);
  const Shim shim(folder(), deployment_.state, fault_seed());
  Daemon daemon(deployment_, {}, shim.options());
  ASSERT_TRUE(daemon.says("event=listening")) << daemon.log();
  const std::vector<DiskFault> kinds = {DiskFault::any, DiskFault::io_error, DiskFault::disk_full, DiskFault::short_write,
                                        DiskFault::read_only};
  std::size_t round = 0;
  for (; shim.faults() < wanted && fed_ + 1000 < lines_.size(); ++round) {
    shim.fail(round % 3 == 2 ? 900 : 200, kinds[round % kinds.size()]);
    ASSERT_NO_FATAL_FAILURE(feed(daemon, 300));
    ASSERT_NO_FATAL_FAILURE(look_at_the_saved());
  }
  EXPECT_GT(failures(daemon), 0);
  shim.nothing();
  const auto failed = failures(daemon);
  ASSERT_NO_FATAL_FAILURE(expect_healed(daemon));
  report_tries("EIO, ENOSPC, short write, EROFS", shim.faults(),
               fmt::format("{} saves failed; all learned, nothing saved lost, healed", failed));
  EXPECT_GE(shim.faults(), wanted);
}

// And killed while the disk fails: what was acknowledged is there at the next start.
TEST_F(Disk, ThatFailsWhileTheDaemonIsKilled) {
  begin(200'000);
  const Shim shim(folder(), deployment_.state, fault_seed());
  std::minstd_rand random(fault_seed());
  const int rounds = tries(4, 60);
  for (int round = 0; round < rounds; ++round) {
    shim.fail(100);
    Daemon daemon(deployment_, {}, shim.options());
    // A disk that fails at the start may also refuse it: with a reason, not with a crash.
    if (!daemon.says("event=listening")) {
      const auto ended = daemon.process().wait(10s);
      ASSERT_TRUE(ended && (ended->code == 74 || ended->code == 73)) << daemon.log();
      continue;
    }
    ASSERT_NO_FATAL_FAILURE(feed(daemon, 2000));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 30));
    daemon.kill();
    ASSERT_NO_FATAL_FAILURE(look_at_the_saved());
  }
  shim.nothing();
  Daemon daemon(deployment_);
  ASSERT_NO_FATAL_FAILURE(expect_healed(daemon));
  report_tries("disk faults, then kill -9", shim.faults(), fmt::format("{} starts; nothing acknowledged lost", rounds));
}

// SIGXFSZ: the limit on the size of a file cuts each save off in the middle.
TEST_F(Disk, WhoseFilesMayNotBecomeSoLarge) {
  begin(20'000);
  Daemon daemon(deployment_);
  ASSERT_NO_FATAL_FAILURE(feed(daemon, 2000));
  ASSERT_TRUE(eventually([&] { return saved_position(deployment_.state) == 2000; }));
  rlimit old{};
  ASSERT_EQ(::prlimit(daemon.process().id(), RLIMIT_FSIZE, nullptr, &old), 0);
  const rlimit small{1000, old.rlim_max};
  ASSERT_EQ(::prlimit(daemon.process().id(), RLIMIT_FSIZE, &small, nullptr), 0);
  ASSERT_NO_FATAL_FAILURE(feed(daemon, 4000));
  EXPECT_TRUE(eventually([&] { return failures(daemon) > 0; }));
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  EXPECT_GE(saved_position(deployment_.state), 2000);
  ASSERT_EQ(::prlimit(daemon.process().id(), RLIMIT_FSIZE, &old, nullptr), 0);
  ASSERT_NO_FATAL_FAILURE(expect_healed(daemon));
  report_tries("SIGXFSZ", 1, "learning went on, healed");
}

// A real full disk, where we may mount one.
TEST_F(Disk, ThatIsFull) {
  begin(20'000);
  if (::mount("tmpfs", deployment_.state.c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_SKIP() << "may not mount a file system here";
  struct Mounted {
    std::filesystem::path path;
    ~Mounted() { ::umount2(path.c_str(), MNT_DETACH); }
  } const mounted{deployment_.state};
  Daemon daemon(deployment_);
  for (int round = 0; round < tries(2, 20); ++round) {
    ASSERT_NO_FATAL_FAILURE(feed(daemon, 300));
    const auto before = failures(daemon);
    std::ofstream(deployment_.state / "full") << std::string(2'000'000, 'x');
    ASSERT_NO_FATAL_FAILURE(feed(daemon, 300));
    EXPECT_TRUE(eventually([&] { return failures(daemon) > before; })) << daemon.log();
    ASSERT_NO_FATAL_FAILURE(look_at_the_saved());
    std::filesystem::remove(deployment_.state / "full");
  }
  ASSERT_NO_FATAL_FAILURE(expect_healed(daemon));
  report_tries("full file system", tries(2, 20), "learning went on, healed");
}

}  // namespace
}  // namespace rekindle::system_test
