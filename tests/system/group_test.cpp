// Several daemons that learn the partitions of one topic as one learner (cluster.mode = "group").
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <thread>

#include "tests/system/group_support.hpp"
#include "tests/system/replica_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Group : public GroupTest {
 protected:
  // A stream that stays; of streams that drift, group_accuracy_test.cpp.
  void expect_as_good_as_alone(int size) {
    const auto compared = compare_with_one_alone(deploy_group(turning_rate), size, generated({"sea", "noise=0.1"}, 20'000), 1000);
    EXPECT_GT(compared.rounds, 20U);
    EXPECT_NEAR(compared.together, compared.alone, 0.005);
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
  // By the group's clock, which counts what was published: a task may be up to 100 samples (cluster.sync_samples) further.
  EXPECT_GT(whole_at(global[0], "/samples"), samples / 2 - 8 * 100);
  (void)expect_whole(samples);
  expect_replayable(group);
}

// The first four partitions get ten times as much as the others, and each daemon has four.
TEST_F(Group, OfDaemonsOfWhichOneGetsTenTimesAsMuchKeepsOneSchedule) {
  constexpr double lr = 0.05;
  constexpr double gamma = 0.9997;
  constexpr int samples = 12'000;
  const auto lines = generated({"sea", "noise=0.1"}, samples);
  const auto group = deploy_group({fmt::format("schedule={{type=\"exponential\",lr={},gamma={}}}", lr, gamma), "drift.policy=alarm"});
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  std::vector<std::int32_t> turns;
  for (int i = 0; i < 40; ++i) turns.push_back(i % 4);
  for (int i = 4; i < 8; ++i) turns.push_back(i);
  const auto feeder = feed(slice(lines, partitions, samples), turns, 1000);
  ASSERT_TRUE(learns(samples)) << members[0]->log();
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  const auto rounds = expect_whole(samples);  // All tasks had the same rate in each round.
  double fewest = samples;
  double most = 0;
  for (const auto& [task, journalled] : journal()) {
    const auto learned = number_at(journalled.back(), "/to");
    fewest = std::min(fewest, learned);
    most = std::max(most, learned);
    for (const auto& line : journalled) {
      for (const auto& begun : line.at("begun").as_array()) {
        EXPECT_NEAR(number_at(begun, "/lr"), lr * std::pow(gamma, number_at(begun, "/step")), 1e-12) << "the schedule at the group's step";
      }
    }
  }
  EXPECT_GT(most, 9 * fewest);
  const double naive = std::pow(gamma, fewest - most);
  std::cout << fmt::format(
                   "tasks of {:.0f} to {:.0f} samples, {} rounds, one rate in each; by its own count of steps the slow ones' rate "
                   "would have ended {:.2f} times the fast ones'\n",
                   fewest, most, rounds, naive)
            << std::flush;
  EXPECT_GT(naive, 1.5);
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
  const auto refused = http_post(members[0]->port(), "/-/lr-find", "{}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body,
              HasSubstr("in a group there are restart, reset, bump, pin, unpin, rollback, pause, resume, checkpoint, reload"));
  EXPECT_THAT(members[0]->get("/metrics").body, HasSubstr("rekindle_cluster_learning_rate 0.0072"));
}

TEST_F(Group, PausesAndGoesOnAsAWhole) {
  const auto lines = sea(6000);
  const auto group = deploy_group(turning_rate);
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  EXPECT_EQ(http_post(members[0]->port(), "/-/pause", "{}").status, 200);
  for (const auto& member : members) ASSERT_TRUE(member->says("event=paused")) << member->log();
  feed(slice(lines, partitions, 3000), 3000)->wait();
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(committed(), partitions) << "nobody learns";
  EXPECT_THAT(members[1]->get("/status").body, HasSubstr("\"paused\":true"));
  // Who comes later pauses as well.
  EXPECT_EQ(members[1]->stop().code, 0) << members[1]->log();
  members[1] = join(group, 1);
  ASSERT_TRUE(members[1]->says("event=paused")) << members[1]->log();
  ASSERT_TRUE(members[1]->says("event=assigned tasks=\"samples")) << members[1]->log();
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(committed(), partitions);
  EXPECT_EQ(http_post(members[1]->port(), "/-/resume", "{}").status, 200);
  feed(slice(lines, 3000, 6000), 3000)->wait();
  ASSERT_TRUE(learns(6000)) << members[0]->log();
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  (void)expect_whole(6000);
  expect_replayable(group);
}

TEST_F(Group, TakesAResponseBack) {
  const auto lines = sea(4000);
  const auto group = deploy_group(turning_rate);
  const auto member = join(group, 0);
  std::vector<std::unique_ptr<Daemon>> members;
  members.push_back(join(group, 1));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  // A leader knows nothing of what one before it has done, so the last election has to be over.
  for (auto* one : {member.get(), members[0].get()}) ASSERT_TRUE(one->says("event=leader what=")) << one->log();
  const auto tell = [&](const std::string& action) { EXPECT_EQ(http_post(members[0]->port(), "/-/" + action, "{}").status, 200); };
  const auto told = [&](const std::string& line) {
    return eventually([&] { return (member->log() + members[0]->log()).find("event=group_command " + line) != std::string::npos; });
  };
  tell("rollback");
  EXPECT_TRUE(told("action=rollback done=\"no: there is no response")) << member->log() << members[0]->log();
  tell("restart");
  EXPECT_TRUE(told("action=restart done=yes"));
  const auto feeder = feed(slice(lines, partitions, 4000), 1500);
  ASSERT_TRUE(learns(2000));
  tell("rollback");
  EXPECT_TRUE(told("action=rollback done=yes")) << member->log() << members[0]->log();
  ASSERT_TRUE(learns(4000));
  for (const auto& one : {member.get(), members[0].get()}) EXPECT_EQ(one->stop().code, 0) << one->log();
  (void)expect_whole(4000);
  expect_replayable(group);
}

TEST_F(Group, ReloadsWhatItsTasksDoNotLearnBy) {
  const auto lines = sea(1000);
  const auto group = deploy_group();
  std::vector<std::unique_ptr<Daemon>> members;
  members.push_back(join(group, 0));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  std::ifstream in(group.configuration);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  write_file(group.configuration, replaced(text, "policy = \"restart\"", "policy = \"alarm\""));
  const auto taken = http_post(members[0]->port(), "/-/reload", "{}");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_THAT(taken.body, HasSubstr("\"changed\":[\"drift.policy\"]"));
  write_file(group.configuration, replaced(text, "lr_min = 5e-5", "lr_min = 4e-5"));
  const auto refused = http_post(members[0]->port(), "/-/reload", "{}");
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("schedule.lr_min: what a group learns by is not changed while it learns"));
}

// Nothing of the states is lost by the try, though what comes first cannot be learned.
TEST_F(Group, AChangedFeatureListIsRefusedBeforeAnythingIsSaved) {
  const auto lines = sea(800);
  const auto group = deploy_group();
  std::vector<std::unique_ptr<Daemon>> members;
  members.push_back(join(group, 0));
  feed(lines, 4000)->wait();
  ASSERT_TRUE(learns(800)) << members[0]->log();
  EXPECT_EQ(members[0]->stop().code, 0) << members[0]->log();
  feed(std::vector<std::string>(partitions, "rubbish"), 4000)->wait();
  const auto refused = run(command_line("run", group.with({R"(schema.features=["x0","x1","x2","x3"])"})));
  EXPECT_EQ(refused.status.code, 78) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("its state is of other features than schema.features"));
  members[0] = join(group, 0);
  ASSERT_TRUE(learns(800 + partitions)) << members[0]->log();
  EXPECT_TRUE(eventually([&] { return whole_at(members[0]->status(), "/learner/learned") == 800; })) << members[0]->get("/status").body;
}

// Whoever had a partition before may commit while the next daemon reads, first the state and then its offset.
TEST_F(Group, AStateThatIsBehindItsOffsetIsReadAgainBeforeItIsRefused) {
  const auto lines = sea(900);
  const auto group = deploy_group();
  const auto newest_states = [&] {
    std::map<std::string, Record> newest;  // The pieces of a state come before its last record.
    for (auto& record : consume_all(addresses(), topic_name("state"))) newest[record.key.value()] = std::move(record);
    std::vector<Record> all;
    for (auto& [key, record] : newest) all.push_back(std::move(record));
    return all;
  };
  const auto states_after = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
    const auto member = join(group, 0);
    feed(slice(lines, from, to), 4000)->wait();
    EXPECT_TRUE(learns(to)) << member->log();
    EXPECT_EQ(member->stop().code, 0) << member->log();
    return newest_states();
  };
  const auto early = states_after(0, 400);
  const auto late = states_after(400, 800);
  produce_all(addresses(), topic_name("state"), early);
  const auto member = join(group, 0);
  ASSERT_TRUE(member->says("they are committed together")) << member->log();
  produce_all(addresses(), topic_name("state"), late);
  feed(slice(lines, 800, 900), 4000)->wait();
  EXPECT_TRUE(learns(900)) << member->log();
  EXPECT_EQ(member->stop().code, 0) << member->log();
  (void)expect_whole(900);
  produce_all(addresses(), topic_name("state"), early);
  const auto refused = run(command_line("run", group));
  EXPECT_EQ(refused.status.code, 65) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("they are committed together"));
}

TEST_F(Group, IsInspectedAndExportedFromItsTopics) {
  const auto lines = sea(3000);
  const auto group = deploy_group(turning_rate);
  const auto nothing = run(command_line("inspect", group));
  EXPECT_EQ(nothing.status.code, 65) << nothing.out;
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, 3000), 3000);
  ASSERT_TRUE(learns(3000)) << members[0]->log();
  const auto inspected = run(command_line("inspect", group, {"--json"}));  // While it learns.
  ASSERT_EQ(inspected.status.code, 0) << inspected.err;
  const auto seen = boost::json::parse(inspected.out);
  std::int64_t samples = 0;
  for (const auto& task : seen.at("tasks").as_array()) samples += whole_at(task, "/samples");
  EXPECT_EQ(samples, 3000);
  EXPECT_EQ(seen.at("tasks").as_array().size(), static_cast<std::size_t>(partitions));
  EXPECT_GT(whole_at(seen, "/leader/round"), 1);
  // The lead may move between two looks.
  const auto said = run(command_line("inspect", group)).out;
  const auto later = boost::json::parse(run(command_line("inspect", group, {"--json"})).out);
  const auto leader_of = [](const boost::json::value& one) {
    return HasSubstr(fmt::format("leader: term {},", whole_at(one, "/leader/term")));
  };
  EXPECT_THAT(said, testing::AnyOf(leader_of(seen), leader_of(later)));
  const auto exported = run(command_line("export", group, {"--format", "json"}));
  ASSERT_EQ(exported.status.code, 0) << exported.err;
  EXPECT_EQ(boost::json::parse(exported.out).at("layers").as_array().size(), 2U) << "weights and biases";
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
}

TEST_F(Group, PublishesOneModelWhoeverHasItsTask) {
  const auto lines = sea(3000);
  const auto models = topic_name("models");
  auto more = turning_rate;
  more.push_back("output.model={ to = \"" + models + "\", every = \"200ms\" }");
  const auto group = deploy_group(more);
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  Replica replica({"-c", group.configuration.string(), "--from", models});
  ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
  const auto answer_of = [&](Daemon& daemon) { return http_post(daemon.port(), "/predict", lines[7]).body; };
  // It answers as one of them does: the one that has the first partition.
  const auto agrees = [&] {
    const auto answer = replica.post("/predict", lines[7]).body;
    return std::ranges::any_of(members, [&](const auto& one) { return answer_of(*one) == answer; });
  };
  const auto version = [&]() -> std::int64_t {  // 0 until it has a model.
    const auto status = boost::json::parse(replica.get("/status").body);
    return status.at("model").is_null() ? 0 : whole_at(status, "/model/version");
  };
  feed(slice(lines, partitions, 2000), 4000)->wait();
  ASSERT_TRUE(learns(2000)) << members[0]->log();
  // By what the leader has heard of all tasks, of which each has 250 samples.
  ASSERT_TRUE(eventually([&] { return version() > 500 && agrees(); })) << replica.log() << members[0]->log();
  const auto before = version();
  EXPECT_LE(before, 2000);

  members[0]->kill();
  members.erase(members.begin());
  feed(slice(lines, 2000, 3000), 4000)->wait();
  ASSERT_TRUE(learns(3000)) << members[0]->log();
  ASSERT_TRUE(eventually([&] { return version() > before && agrees(); })) << replica.log() << members[0]->log();
  EXPECT_LE(version(), 3000);
  EXPECT_EQ(members[0]->stop().code, 0) << members[0]->log();
  (void)expect_whole(3000);
}

class GroupInTrouble : public TroubledGroup {};

TEST_F(GroupInTrouble, ALeaderThatWakesUpIsNotListenedTo) {
  begin(2);
  const auto lines = sea(30'000);
  ASSERT_TRUE(begins(members_, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, 30'000), 2000);
  const auto asleep = leader();
  ASSERT_GE(asleep, 0);
  const auto awake = 1 - static_cast<std::size_t>(asleep);
  members_[static_cast<std::size_t>(asleep)]->process().send(SIGSTOP);
  EXPECT_TRUE(eventually([&] { return leads(awake); })) << members_[awake]->log();
  members_[static_cast<std::size_t>(asleep)]->process().send(SIGCONT);
  finish(30'000);
  EXPECT_THAT(members_[awake]->log(), HasSubstr("what=\"took over\" term=2"));
}

}  // namespace
}  // namespace rekindle::system_test
