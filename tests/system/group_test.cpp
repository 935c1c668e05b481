// Several daemons that learn the partitions of one topic as one learner (cluster.mode = "group").
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "tests/system/group_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// A rate that turns again and again, so that rounds differ.
const Arguments turning_rate = {"optimizer={type=\"sgd\"}", "schedule={type=\"cosine_restarts\",lr=0.02,lr_min=0.002,T_0=5000}",
                                "drift.policy=alarm", "cluster.sync_samples=100"};

class Group : public GroupTest {
 protected:
  // Three concepts, a tenth of the labels wrong.
  [[nodiscard]] std::vector<std::string> sea(int samples) const {
    return generated({"sea", "drift=abrupt", fmt::format("every={}", samples / 3), "noise=0.1"}, samples);
  }
  [[nodiscard]] std::vector<std::string> generated(const Arguments& what, int samples) const {
    const auto file = folder() / "generated.jsonl";
    Arguments all = {"generate"};
    all.insert(all.end(), what.begin(), what.end());
    all.insert(all.end(), {"--samples", fmt::format("{}", samples), "--to", file.string()});
    const auto done = rekindle(all);
    EXPECT_EQ(done.status.code, 0) << done.err;
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  // A stream that stays: what one that changes costs replicas that are averaged is in docs/cluster.md.
  void expect_as_good_as_alone(int size) {
    const auto lines = generated({"sea", "noise=0.1"}, 20'000);
    const auto group = deploy_group(turning_rate);
    std::vector<std::unique_ptr<Daemon>> members;
    for (int i = 0; i < size; ++i) members.push_back(join(group, i));
    ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
    const auto feeder = feed(slice(lines, partitions, 20'000), 1000);
    ASSERT_TRUE(learns(20'000)) << members[0]->log();
    const double together = accuracy(members);
    for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
    const double alone = number_at(replayed(group.with({"cluster.mode=single", "checkpoint.store=file"}), lines), "/metrics/accuracy");
    const auto rounds = expect_whole(20'000);
    std::cout << fmt::format("{} daemons: accuracy {:.4f}, alone {:.4f}, {} rounds\n", size, together, alone, rounds) << std::flush;
    EXPECT_GT(rounds, 20U);
    EXPECT_NEAR(together, alone, 0.005);
    expect_replayable(group);
  }
};

TEST_F(Group, OneDaemonLearnsAsWellAsOneAlone) { expect_as_good_as_alone(1); }
TEST_F(Group, TwoDaemonsLearnAsWellAsOneAlone) { expect_as_good_as_alone(2); }
TEST_F(Group, FourDaemonsLearnAsWellAsOneAlone) { expect_as_good_as_alone(4); }

TEST_F(Group, ADriftOfAllPartitionsIsOneIncidentAndOneRestart) {
  constexpr int samples = 24'000;
  const auto lines = generated({"logistic", "drift=abrupt", fmt::format("every={}", samples / 2), "n_features=10"}, samples);
  const auto group = deploy_group({"schedule={type=\"exponential\",lr=0.05,gamma=0.9998}", "drift.policy=restart"});
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, samples), 2000);
  ASSERT_TRUE(learns(samples)) << members[0]->log();
  for (auto& member : members) EXPECT_EQ(whole_at(member->status(), "/learner/incidents_total"), 1) << member->get("/incidents").body;
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  const auto global = incidents("global");
  ASSERT_EQ(global.size(), 1U);
  EXPECT_EQ(global[0].at("response").as_string(), "restart");
  EXPECT_GT(number_at(global[0], "/lr_after"), 2 * number_at(global[0], "/lr_before"));
  EXPECT_GT(whole_at(global[0], "/samples"), samples / 2);
  (void)expect_whole(samples);
  expect_replayable(group);
}

TEST_F(Group, ACommandToAnyMemberReachesAllTasks) {
  const auto lines = sea(3000);
  const auto group = deploy_group(turning_rate);
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  for (const auto& member : members) {
    const auto lr = member == members[0] ? 0.0071 : 0.0072;
    const auto answer = http_post(member->port(), "/-/pin", fmt::format(R"({{"lr": {}}})", lr));
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& other : members) {
      EXPECT_TRUE(eventually([&] {
        const auto status = other->status();
        const auto& tasks = status.at_pointer("/cluster/tasks").as_array();
        return !tasks.empty() && std::ranges::all_of(tasks, [&](const auto& task) { return number_at(task, "/lr") == lr; });
      })) << other->get("/status").body;
    }
  }
  const auto refused = http_post(members[0]->port(), "/-/pause", "{}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("in a group there are restart, reset, bump, pin, unpin, checkpoint"));
  EXPECT_THAT(members[0]->get("/metrics").body, HasSubstr("rekindle_cluster_learning_rate 0.0072"));
}

// More of them for an hour's chaos.
int kills() {
  const char* wanted = std::getenv("REKINDLE_CHAOS_ROUNDS");
  return wanted == nullptr ? 6 : std::atoi(wanted);
}

// Members with names of their own, which come back to their partitions when they start again.
class GroupInTrouble : public Group {
 protected:
  void start(int size) {
    group_ = deploy_group(turning_rate);
    for (int i = 0; i < size; ++i) {
      const auto properties = fmt::format(R"(kafka.properties={{"session.timeout.ms"="6000","group.instance.id"="member{}"}})", i);
      groups_.push_back(group_.with({properties}));
      members_.push_back(join(groups_.back(), i));
    }
  }
  void again(std::size_t member) { members_[member] = join(groups_[member], static_cast<int>(member)); }
  // -1: nobody leads at this moment.
  [[nodiscard]] int leader() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto answer = members_[i]->get("/status");
      if (answer.status == 200 && boost::json::parse(answer.body).at_pointer("/cluster/leader").as_bool()) return static_cast<int>(i);
    }
    return -1;
  }
  [[nodiscard]] bool leader_of(std::size_t member) const { return members_[member]->status().at_pointer("/cluster/leader").as_bool(); }
  void finish(std::int64_t samples) {
    ASSERT_TRUE(learns(samples)) << members_[0]->log();
    for (auto& member : members_) EXPECT_EQ(member->stop().code, 0) << member->log();
    EXPECT_GT(expect_whole(samples), 10U);
    expect_replayable(group_);
  }

  Deployment group_;
  std::vector<Deployment> groups_;
  std::vector<std::unique_ptr<Daemon>> members_;
};

TEST_F(GroupInTrouble, LeadersAndWorkersKilledAgainAndAgain) {
  start(3);
  const auto samples = 8000 + 3000 * kills();
  const auto lines = sea(samples);
  ASSERT_TRUE(begins(members_, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, samples), 2000);
  std::minstd_rand random(23);
  int leaders = 0;
  for (int i = 0; i < kills(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000 + random() % 800));
    const auto leads = i % 2 == 0 ? leader() : -1;
    leaders += leads >= 0 ? 1 : 0;
    const auto victim = leads >= 0 ? static_cast<std::size_t>(leads) : random() % members_.size();
    members_[victim]->kill();
    again(victim);
  }
  std::cout << leaders << " of " << kills() << " that were killed led" << std::endl;
  finish(samples);
}

TEST_F(GroupInTrouble, ALeaderThatWakesUpIsNotListenedTo) {
  start(2);
  const auto lines = sea(30'000);
  ASSERT_TRUE(begins(members_, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, 30'000), 2000);
  const auto asleep = leader();
  ASSERT_GE(asleep, 0);
  const auto awake = 1 - static_cast<std::size_t>(asleep);
  members_[static_cast<std::size_t>(asleep)]->process().send(SIGSTOP);
  EXPECT_TRUE(eventually([&] { return leader_of(awake); })) << members_[awake]->log();
  members_[static_cast<std::size_t>(asleep)]->process().send(SIGCONT);
  finish(30'000);
  EXPECT_THAT(members_[awake]->log(), HasSubstr("what=\"took over\" term=2"));
}

}  // namespace
}  // namespace rekindle::system_test
