// A day of traffic, compressed: 100 samples a second become 30,000, a concept turns every half hour, a third daemon joins the group and
// leaves it within each hour, and all are scraped as Prometheus would. The short form is an hour long and takes twice its share of the
// time: how long a message takes is paid in samples, and it runs beside whatever else the machine has to do.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "tests/support/sanitizers.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/group_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/unit/metrics/exposition.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const double compression = tries(150, 300);
constexpr int per_hour = 3600 * 100;
const auto hour = std::chrono::duration<double>(3600 / compression);
const auto scrape_interval = std::chrono::duration<double>(15 / compression);

// Scrapes one daemon from its construction on.
class Scraper {
 public:
  explicit Scraper(int port)
      : thread_([this, port] {
          for (auto next = Clock::now(); !stop_; std::this_thread::sleep_until(next)) {
            scrape(port);
            next += std::chrono::duration_cast<Clock::duration>(scrape_interval);
          }
        }) {}
  ~Scraper() { stop(); }
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // Read after `stop`.
  [[nodiscard]] int answered() const { return answered_; }
  [[nodiscard]] int failed() const { return failed_; }
  [[nodiscard]] double longest() const { return longest_; }  // Seconds.
  // The most resident memory in each of so many parts of the day, in MB.
  [[nodiscard]] std::vector<long> most_memory(std::size_t parts) const {
    std::vector<long> most(parts);
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      auto& one = most[i * parts / memory_.size()];
      one = std::max(one, std::lround(memory_[i] / 1e6));
    }
    return most;
  }

 private:
  void scrape(int port) {
    const auto begun = Clock::now();
    const auto answer = http_get(port, "/metrics");
    longest_ = std::max(longest_, std::chrono::duration<double>(Clock::now() - begun).count());
    if (answer.status != 200) {
      ++failed_;
      return;
    }
    ++answered_;
    memory_.push_back(read_exposition(answer.body).at("process_resident_memory_bytes"));
  }

  std::atomic<bool> stop_{false};
  int answered_ = 0;
  int failed_ = 0;
  double longest_ = 0;
  std::vector<double> memory_;
  std::thread thread_;  // The last: it uses all of them.
};

class Day : public GroupTest {
 protected:
  // Joins at a quarter past each full hour and leaves half an hour later, until all are over.
  int come_and_go(const Deployment& group, Clock::time_point begun, int hours) {
    int moves = 0;
    for (int i = 0; i < hours; ++i) {
      std::this_thread::sleep_until(begun + std::chrono::duration_cast<Clock::duration>((i + 0.25) * hour));
      auto newcomer = join(group, 2);
      EXPECT_TRUE(newcomer->says("event=assigned tasks=\"samples", 60s)) << newcomer->log();
      std::this_thread::sleep_until(begun + std::chrono::duration_cast<Clock::duration>((i + 0.75) * hour));
      EXPECT_EQ(newcomer->stop().code, 0) << newcomer->log();
      moves += 2;
    }
    return moves;
  }
};

TEST_F(Day, OfTrafficWithDriftsRebalancesAndScrapes) {
  const int hours = tries(1, 24);
  const int all = hours * per_hour;
  const auto lines = generated({"logistic", "n_features=3", "drift=abrupt", fmt::format("every={}", per_hour / 2), "noise=0.1"}, all);
  const auto group = deploy_group(
      {"cluster.sync_samples=1000", R"(schedule={type="cosine_restarts",lr=0.02,lr_min=0.002,T_0=20000})", "drift.policy=graded"});
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));

  std::vector<std::unique_ptr<Scraper>> scrapers;
  for (auto& member : members) scrapers.push_back(std::make_unique<Scraper>(member->port()));
  const auto begun = Clock::now();
  const auto feeder = feed(slice(lines, partitions, all), 100 * compression);
  const int moves = come_and_go(group, begun, hours);
  feeder->wait();
  const std::chrono::duration<double> fed = Clock::now() - begun;
  ASSERT_TRUE(learns(all, 300s)) << members[0]->log();
  const std::chrono::duration<double> learned = Clock::now() - begun;

  int scrapes = 0;
  std::vector<std::vector<long>> memory;
  for (const auto& scraper : scrapers) {
    scraper->stop();
    scrapes += scraper->answered();
    EXPECT_EQ(scraper->failed(), 0);
    EXPECT_LT(scraper->longest(), 5);
    memory.push_back(scraper->most_memory(8));
  }
  const double together = accuracy(members);
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  const double alone = number_at(replayed(group.with({"cluster.mode=single", "checkpoint.store=file"}), lines), "/metrics/accuracy");
  const auto rounds = expect_whole(all);
  expect_replayable(group);
  const auto drifts = static_cast<std::size_t>(2 * hours - 1);
  const auto found = incidents("global").size();
  if (!test::sanitized) {  // It slows the group down, but not the samples.
    EXPECT_GT(together, alone - 0.01);
  }
  report_tries(
      fmt::format("{} h of traffic", hours), all,
      fmt::format("{} drifts, {} incidents of all partitions, {} moves of a third daemon, {} rounds, {} scrapes, the slowest in "
                  "{:.2f} s; fed in {:.0f} s, learned {:.1f} s later; accuracy {:.4f}, of one alone {:.4f}; most memory by eighths of the "
                  "time, MB: {} and {}",
                  drifts, found, moves, rounds, scrapes, std::max(scrapers[0]->longest(), scrapers[1]->longest()), fed.count(),
                  (learned - fed).count(), together, alone, fmt::join(memory[0], " "), fmt::join(memory[1], " ")));
}

}  // namespace
}  // namespace rekindle::system_test
