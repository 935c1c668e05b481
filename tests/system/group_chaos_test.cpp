// A group on three brokers, each record on all of them, whatever is killed. The short form takes half a minute;
// REKINDLE_CHAOS_ROUNDS=5 kills 20 leaders and 50 workers, and takes some ten minutes.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <optional>
#include <random>
#include <thread>

#include "tests/system/group_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/open_transaction.hpp"
#include "tests/system/three_brokers.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

enum class Blow {
  leader,      // Is killed, and comes back at once.
  succession,  // Is killed, and comes back when another leads.
  worker,      // One that does not lead is killed.
  rebalance,   // Partitions move while the leader is in the middle of a broadcast.
  zombie,      // A leader in the middle of a broadcast sleeps until another leads, and wakes up.
  broker       // Is killed, and comes back.
};

constexpr std::array<const char*, 6> blow_names = {"leader", "succession", "worker", "rebalance", "zombie", "broker"};

std::vector<Blow> blows(std::minstd_rand& random) {
  const char* wanted = std::getenv("REKINDLE_CHAOS_ROUNDS");
  const int rounds = wanted == nullptr ? 0 : std::atoi(wanted);
  if (rounds == 0) return {Blow::leader, Blow::broker, Blow::worker, Blow::zombie};
  std::vector<Blow> all;
  const auto add = [&](Blow blow, int times) { all.insert(all.end(), static_cast<std::size_t>(times * rounds), blow); };
  add(Blow::leader, 3);
  add(Blow::succession, 1);
  add(Blow::worker, 10);
  add(Blow::rebalance, 1);
  add(Blow::zombie, 1);
  add(Blow::broker, 1);
  std::ranges::shuffle(all, random);
  return all;
}

class GroupOnThreeBrokers : public OnThreeBrokers<TroubledGroup> {
 protected:
  static constexpr std::size_t size = 3;
  static constexpr double per_second = 800;

  // A supervisor starts again what has ended by itself, as a static member that was fenced by its own request (docs/cluster.md).
  void look_after_all(std::optional<std::size_t> but = {}) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (i == but || members_[i]->process().running()) continue;
      ++ends_;
      std::cout << "ended by itself: " << members_[i]->log() << std::endl;
      start_again(i);
    }
  }
  [[nodiscard]] std::size_t the_leader() {
    int found = -1;
    const auto leads = [&] {
      look_after_all();
      return (found = leader()) >= 0;
    };
    EXPECT_TRUE(eventually(leads, 60s)) << "nobody leads\n" << stand();
    return static_cast<std::size_t>(std::max(found, 0));
  }
  // Stops the leader while its transaction is open.
  [[nodiscard]] std::size_t stop_in_mid_broadcast() {
    for (int tries = 0; tries < 20; ++tries) {
      const auto one = the_leader();
      (void)eventually([&] { return watch().is_open(); }, 5s);
      members_[one]->process().send(SIGSTOP);
      if (watch().is_open()) {
        ++in_mid_broadcast_;
        return one;
      }
      members_[one]->process().send(SIGCONT);
    }
    return the_leader();
  }
  TransactionWatch& watch() {
    if (!watch_) watch_ = std::make_unique<TransactionWatch>(addresses(), topic_name("state") + ".control");
    return *watch_;
  }

  void kill(std::size_t member) { members_[member]->kill(); }
  void kill_leader(bool is_followed) {
    const auto victim = the_leader();
    kill(victim);
    ++leaders_;
    if (is_followed) expect_another_leads(victim);
    start_again(victim);
  }
  void kill_worker(std::minstd_rand& random) {
    const auto victim = (the_leader() + 1 + random() % (size - 1)) % size;
    kill(victim);
    ++workers_;
    start_again(victim);
  }
  bool another_leads(std::size_t than) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (i != than && leads(i)) return true;
    }
    return false;
  }
  void expect_another_leads(std::size_t than) {
    const auto leads = [&] {
      look_after_all(than);
      return another_leads(than);
    };
    EXPECT_TRUE(eventually(leads, 60s)) << "nobody follows " << than << '\n' << stand();
  }
  void rebalance_in_mid_broadcast() {
    const auto asleep = stop_in_mid_broadcast();
    auto newcomer = join(group_, size);
    std::this_thread::sleep_for(2500ms);  // It asks to be let in; less than a session.
    members_[asleep]->process().send(SIGCONT);
    EXPECT_TRUE(newcomer->says("event=assigned tasks=\"samples", 60s)) << newcomer->log();
    EXPECT_EQ(newcomer->stop().code, 0) << newcomer->log();
  }
  void wake_a_zombie() {
    const auto asleep = stop_in_mid_broadcast();
    expect_another_leads(asleep);
    std::this_thread::sleep_for(500ms);
    members_[asleep]->process().send(SIGCONT);
    ++zombies_;
  }
  void kill_broker(std::minstd_rand& random) {
    auto& one = cluster_->broker(random() % KafkaCluster::size);
    one.kill();
    std::this_thread::sleep_for(2500ms);
    one.start();
    ++brokers_;
  }

  void strike(Blow blow, std::minstd_rand& random) {
    look_after_all();
    std::this_thread::sleep_for(milliseconds(600 + random() % 800));
    // At the time of the daemons' logs.
    std::cout << fmt::format("{:%T} {}\n", fmt::gmtime(std::time(nullptr)), blow_names[static_cast<std::size_t>(blow)]) << std::flush;
    switch (blow) {
      case Blow::leader: return kill_leader(false);
      case Blow::succession: return kill_leader(true);
      case Blow::worker: return kill_worker(random);
      case Blow::rebalance: return rebalance_in_mid_broadcast();
      case Blow::zombie: return wake_a_zombie();
      case Blow::broker: return kill_broker(random);
    }
  }

  std::unique_ptr<TransactionWatch> watch_;
  int leaders_ = 0;
  int workers_ = 0;
  int zombies_ = 0;
  int brokers_ = 0;
  int in_mid_broadcast_ = 0;
  int ends_ = 0;
};

TEST_F(GroupOnThreeBrokers, LearnsAsOneWhateverIsKilled) {
  const auto started = std::chrono::steady_clock::now();
  std::minstd_rand random(23);
  const auto all = blows(random);
  const auto lines = sea(static_cast<int>(20'000 + 8'000 * all.size()));
  begin(size);
  ASSERT_TRUE(begins(members_, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, static_cast<std::ptrdiff_t>(lines.size())), per_second);
  for (const auto blow : all) {
    strike(blow, random);
    if (HasFailure()) break;
  }
  feeder->stop();
  const auto samples = on_topic();
  const auto all_learned = [&] {
    look_after_all();
    return learns(samples, 0ms);
  };
  ASSERT_TRUE(eventually(all_learned, 120s)) << "not all of " << samples << " is learned\n" << stand();
  finish(samples);
  std::cout << fmt::format(
                   "{} samples; killed: {} leaders, {} workers, {} brokers; {} leaders stopped in mid-broadcast, {} of them woke up when "
                   "another led; {} ended by themselves; {:.0f} s",
                   samples, leaders_, workers_, brokers_, in_mid_broadcast_, zombies_, ends_,
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count())
            << std::endl;
}

}  // namespace
}  // namespace rekindle::system_test
