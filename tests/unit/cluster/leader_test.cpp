#include "cluster/leader.hpp"

#include <gmock/gmock.h>

#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::leader_of;
using test::publication;
using testing::ElementsAre;

LeaderSettings with_policy(const char* name) {
  auto out = test::settings();
  for (const auto& row : policies()) {
    if (row.name == name) out.policy = row.make({});
  }
  return out;
}

Evidence evidence(WorkerId worker, std::uint64_t progress = 100, std::uint64_t alarm = 1) {
  return {worker, alarm, {progress, progress, 0}, DriftSeverity::extreme, 0.9, DriftKind::abrupt};
}

TEST(LeaderOfAGroup, TellsTheScheduleTheMeanLossSinceItSawItLast) {
  std::vector<std::string> told;
  auto leader = test::telling_leader_of(1, told);
  std::uint64_t sequence = 0;
  const auto publish = [&](std::uint64_t labelled, double losses) {
    auto one = publication({.sequence = ++sequence, .base = leader.model().version});
    one.errors = {labelled, 0, losses};
    leader.hear(one);
  };
  publish(10, 5);
  publish(11, 7);
  publish(11, 7);  // No labels since.
  publish(31, 12);
  EXPECT_THAT(told, ElementsAre("loss 0.5 of 10", "loss 2 of 1", "loss 0.25 of 20"));
}

TEST(LeaderOfAGroup, CutsTheRateOnceForEachDivergence) {
  std::vector<std::string> told;
  auto leader = test::telling_leader_of(1, told);
  auto diverged = publication({.sequence = 1});
  diverged.divergences = 1;
  leader.hear(diverged);
  EXPECT_THAT(told, ElementsAre("cut"));
  diverged.sequence = 2;
  diverged.base = 1;
  leader.hear(diverged);
  EXPECT_THAT(told, ElementsAre("cut"));
}

TEST(LeaderOfAGroup, OrdersWhatItsCommandsSayAndCountsThem) {
  std::vector<std::string> told;
  auto leader = test::telling_leader_of(2, told);
  leader.restart();
  ASSERT_EQ(leader.round().orders.size(), 1U);
  EXPECT_TRUE(leader.round().orders[0].restart);
  EXPECT_EQ(leader.round().orders[0].forget, 0) << "the accumulators stay";
  EXPECT_EQ(leader.counters().restarts, 1U);
  EXPECT_EQ(leader.counters().resets, 0U);
  leader.reset();
  ASSERT_EQ(leader.round().orders.size(), 2U);
  EXPECT_FALSE(leader.round().orders[1].restart);
  EXPECT_EQ(leader.round().orders[1].forget, 1) << "all of them";
  EXPECT_EQ(leader.counters().restarts, 1U);
  EXPECT_EQ(leader.counters().resets, 1U);
  EXPECT_TRUE(leader.bump(2));
  EXPECT_THAT(told, ElementsAre("restart, warm-up 0", "bump 2, stretch 1"));
}

TEST(LeaderOfAGroup, KeepsTheNewestSixteenOrdersForWhoeverWasAway) {
  auto leader = leader_of(1);
  for (int i = 0; i < 16; ++i) leader.reset();
  ASSERT_EQ(leader.round().orders.size(), 16U);
  const auto oldest = leader.round().orders.front().generation;
  leader.reset();
  ASSERT_EQ(leader.round().orders.size(), 16U);
  EXPECT_EQ(leader.round().orders.front().generation, oldest + 1);
  EXPECT_EQ(leader.round().orders.back().generation, leader.round().generation);
}

TEST(LeaderOfAGroup, GivesEveryCommandANewGenerationAndARound) {
  auto leader = leader_of(2);
  leader.hear(publication({.worker = 0, .progress = 100}));
  leader.hear(publication({.worker = 1, .progress = 100}));
  const auto before = leader.round();
  EXPECT_EQ(before.lr, 1.0 / 201);
  leader.restart();
  EXPECT_EQ(leader.round().lr, 1);
  EXPECT_GT(leader.round().generation, before.generation);
  EXPECT_GT(leader.round().round, before.round);
  leader.pin(0.25);
  EXPECT_EQ(leader.round().lr, 0.25);
  leader.pin(std::nullopt);
  EXPECT_TRUE(leader.bump(2));
  EXPECT_EQ(leader.round().lr, 2);
  EXPECT_FALSE(leader.bump(0.5));
}

TEST(LeaderOfAGroup, RaisesTheRateForMoreWorkersStepByStepAndLowersItAtOnce) {
  auto with = test::settings();
  with.scaling = RateScaling::linear;
  auto leader = leader_of(6, with);
  leader.pin(std::nullopt);
  std::vector<double> scales = {leader.standing().scale};
  for (std::uint64_t i = 0; i < 5; ++i) {
    leader.pin(std::nullopt);  // A round, without publications.
    scales.push_back(leader.standing().scale);
  }
  // The round in which they came made it 2; heard in no round since, they are live for max_staleness + 2 = 4 rounds more.
  EXPECT_EQ(scales, (std::vector<double>{3, 4, 5, 1, 1, 1})) << "after four silent rounds nobody is live any more";
}

// Two workers that have learned `each`, and told so in turn by publications of 10 samples.
void publish_until(Leader& leader, std::uint64_t each, double error_rate, std::uint64_t from = 0) {
  static std::uint64_t sequence = 0;
  for (std::uint64_t at = from + 10; at <= each; at += 10) {
    ++sequence;
    for (WorkerId worker = 0; worker < 2; ++worker) {
      auto one = publication({.worker = worker, .sequence = sequence, .base = leader.model().version, .samples = 10, .progress = at});
      one.errors.count = at;
      one.errors.errors = 0.1 * static_cast<double>(from) + error_rate * static_cast<double>(at - from);
      leader.hear(one);
    }
  }
}

TEST(LeaderOfAGroup, HurriesAfterABeginningAndARestart) {
  auto with = test::settings();
  with.sync_samples = 100;
  with.hurries = true;
  auto leader = leader_of(2, with);
  EXPECT_EQ(leader.round().sync, 6U) << "a sixteenth";
  publish_until(leader, 240, 0.1);
  EXPECT_EQ(leader.round().sync, 30U) << "480 samples, of two workers, an eighth";
  publish_until(leader, 2000, 0.1, 240);
  EXPECT_EQ(leader.round().sync, 100U);
  leader.restart();
  EXPECT_EQ(leader.round().sync, 6U);
  const auto next = Leader::take_over(with, std::make_unique<test::FallingRate>(), leader.standing(), leader.model(), 2);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ((*next)->round().sync, 6U) << "who takes over hurries as well";
}

TEST(LeaderOfAGroup, TakesNobodyForGoneWhileRoundsHurry) {
  auto with = test::settings();
  with.sync_samples = 100;
  with.hurries = true;
  auto hurried = leader_of(2, with);
  for (int i = 0; i < 20; ++i) hurried.pin(std::nullopt);  // A silent round each.
  EXPECT_LT(hurried.round().sync, 100U);
  EXPECT_EQ(hurried.live_workers(), 2U);
  with.hurries = false;
  auto steady = leader_of(2, with);
  for (int i = 0; i < 20; ++i) steady.pin(std::nullopt);
  EXPECT_EQ(steady.live_workers(), 0U);
}

// What was published before the hurried round of six samples was heard may be of as many as no round asked for.
TEST(LeaderOfAGroup, WaitsInAHurriedRoundForTwoFullOnesOfAWorker) {
  auto with = test::settings();
  with.sync_samples = 100;
  with.hurries = true;
  auto leader = leader_of(2, with);
  leader.hear(publication({.worker = 0, .sequence = 1, .samples = 199, .progress = 199}));
  EXPECT_EQ(leader.model().version, 0U);
  leader.hear(publication({.worker = 0, .sequence = 2, .samples = 200, .progress = 200}));
  EXPECT_EQ(leader.model().version, 1U);
}

TEST(LeaderOfAGroup, SeesADriftInAllErrorsBeforeAnyWorkerDoes) {
  auto leader = leader_of(2, with_policy("restart"));
  publish_until(leader, 1000, 0.1);
  EXPECT_TRUE(leader.incidents().empty());
  publish_until(leader, 1040, 0.7, 1000);
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_TRUE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].response, "restart");
  leader.hear(evidence(1, 1100));
  EXPECT_EQ(leader.incidents().size(), 1U) << "one drift, one incident";
}

TEST(LeaderOfAGroup, TakesNoDriftOfOneWorkerForOneOfAll) {
  PooledErrors errors;
  for (std::uint64_t at = 50; at <= 1000; at += 50) {
    for (WorkerId worker = 0; worker < 4; ++worker) errors.observe(worker, {at, 0.1 * static_cast<double>(at), 0});
  }
  EXPECT_FALSE(errors.rise());
  errors.observe(2, {1050, 145, 0});
  EXPECT_FALSE(errors.rise()) << "worker 2 alone";
  for (WorkerId worker : {0U, 1U, 3U}) errors.observe(worker, {1050, 125, 0});
  const auto rise = errors.rise();
  ASSERT_TRUE(rise);
  EXPECT_EQ(rise->worker, 2U);
  EXPECT_NEAR(rise->before, 0.1, 1e-9);
}

TEST(LeaderOfAGroup, GoesBackToWhatWasBeforeTheNewestResponse) {
  auto leader = leader_of(1);
  EXPECT_FALSE(leader.rollback());
  leader.hear(publication({.sequence = 1, .change = 5, .progress = 100}));
  const auto before = leader.round().lr;
  leader.restart();
  leader.hear(publication({.sequence = 2, .base = 1, .change = 70, .progress = 110}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(75));
  EXPECT_TRUE(leader.rollback());
  EXPECT_THAT(leader.model().state.weights, ElementsAre(5));
  EXPECT_LT(leader.round().lr, before) << "the schedule goes on where it would have been";
  EXPECT_EQ(leader.model().version, 3U);
  EXPECT_FALSE(leader.rollback()) << "once";
}

TEST(LeaderOfAGroup, OneThatTakesOverGoesOnAndTheOldOneIsOlder) {
  auto first = leader_of(2);
  first.hear(publication({.worker = 0, .change = 2, .progress = 50}));
  first.hear(publication({.worker = 1, .change = 4, .progress = 50}));
  first.bump(8);
  auto second = Leader::take_over(test::settings(), std::make_unique<test::FallingRate>(), first.standing(), first.model(), 2);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->round().lr, first.round().lr);
  EXPECT_EQ((*second)->round().term, 2U);
  EXPECT_GT((*second)->round().round, first.round().round);
  EXPECT_GT((*second)->round().generation, first.round().generation);
  (*second)->hear(publication({.worker = 0, .sequence = 2, .base = 1, .change = 2, .progress = 60}));
  (*second)->hear(publication({.worker = 1, .sequence = 2, .base = 1, .change = 4, .progress = 60}));
  EXPECT_THAT((*second)->model().state.weights, ElementsAre(6));
  EXPECT_FALSE(Leader::take_over(test::settings(), std::make_unique<test::FallingRate>(), (*second)->standing(), first.model(), 2));
}

TEST(LeaderOfAGroup, AnswersADriftThatMostWorkersSee) {
  auto leader = leader_of(4, with_policy("restart"));
  leader.hear(evidence(2));
  const auto poll = leader.round().poll;
  EXPECT_EQ(poll, 1U);
  leader.hear(Vote{0, poll, true});
  leader.hear(Vote{1, poll, false});
  EXPECT_TRUE(leader.incidents().empty());
  leader.hear(evidence(3));
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_TRUE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].response, "restart");
  EXPECT_EQ(leader.counters().restarts, 1U);
  leader.hear(evidence(1, 200));
  leader.hear(Vote{1, poll, true});
  EXPECT_EQ(leader.incidents().size(), 1U) << "one drift, one incident";
}

TEST(LeaderOfAGroup, LetsADriftOfOneWorkerBeItsOwn) {
  auto leader = leader_of(4, with_policy("restart"));
  leader.hear(evidence(2));
  leader.hear(Vote{0, 1, false});
  leader.hear(Vote{1, 1, false});
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_FALSE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].response, "reset");
  ASSERT_EQ(leader.round().orders.size(), 1U);
  EXPECT_FALSE(leader.round().orders[0].for_all);
  EXPECT_EQ(leader.round().orders[0].worker, 2U);
  EXPECT_EQ(leader.counters().restarts, 0U);
}

TEST(LeaderOfAGroup, OnlyRecordsADriftWhereThePolicyIsAlarm) {
  auto leader = leader_of(2, with_policy("alarm"));
  leader.hear(evidence(0));
  leader.hear(evidence(1));
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_EQ(leader.incidents()[0].response, "hold");
  EXPECT_TRUE(leader.round().orders.empty());
}

}  // namespace
}  // namespace rekindle::cluster
