#include "cluster/leader.hpp"

#include <gmock/gmock.h>

#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::leader_of;
using test::newest;
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

TEST(LeaderOfAGroup, AveragesWhenEveryWorkerHasPublished) {
  auto leader = leader_of(2);
  (void)leader.take_messages();
  leader.hear(publication({.worker = 0, .samples = 10, .change = 3}));
  EXPECT_EQ(leader.model().version, 0U);
  leader.hear(publication({.worker = 1, .samples = 20, .change = 6, .progress = 20}));
  EXPECT_EQ(leader.model().version, 1U);
  EXPECT_THAT(leader.model().state.weights, ElementsAre(5));
  const auto messages = leader.take_messages();
  EXPECT_TRUE(newest<Model>(messages));
  const auto round = newest<Round>(messages);
  ASSERT_TRUE(round);
  EXPECT_EQ(round->clock.updates, 30U);
  EXPECT_EQ(round->lr, 1.0 / 31);
}

TEST(LeaderOfAGroup, DoesNotWaitForASlowWorkerForLong) {
  auto leader = leader_of(2);
  leader.hear(publication({.worker = 0, .sequence = 1, .samples = 10, .change = 1}));
  leader.hear(publication({.worker = 0, .sequence = 2, .samples = 20, .change = 2}));
  EXPECT_EQ(leader.model().version, 0U);
  leader.hear(publication({.worker = 0, .sequence = 3, .samples = 30, .change = 3}));
  EXPECT_EQ(leader.model().version, 1U);
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1.5)) << "the other may have as much to tell";
}

TEST(LeaderOfAGroup, TakesADoubledOrLatePublicationOnce) {
  auto leader = leader_of(1);
  const auto first = publication({.sequence = 1, .samples = 10, .change = 1});
  leader.hear(first);
  leader.hear(first);
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1));
  // From before the model that settled the first: it holds that change as well.
  leader.hear(publication({.sequence = 2, .base = 0, .samples = 20, .change = 2}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1));
  leader.hear(publication({.sequence = 3, .base = 1, .samples = 20, .change = 2}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(3));
}

TEST(LeaderOfAGroup, CountsAStaleChangeLessAndDropsOneThatIsTooOld) {
  auto leader = leader_of(2);
  for (std::uint64_t version = 0; version < 2; ++version)
    leader.hear(publication({.worker = 0, .sequence = version + 1, .base = version, .samples = 30, .change = 0}));
  leader.hear(publication({.worker = 0, .sequence = 3, .base = 2, .samples = 10, .change = 0}));
  leader.hear(publication({.worker = 1, .sequence = 1, .base = 0, .samples = 30, .change = 4}));  // Two versions old.
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1));                                      // 30 / 3 of 40 samples.
  for (std::uint64_t version = 3; version < 6; ++version)
    leader.hear(publication({.worker = 0, .sequence = version + 1, .base = version, .samples = 30, .change = 0}));
  leader.hear(publication({.worker = 1, .sequence = 2, .base = 3, .samples = 10, .change = 100}));
  EXPECT_EQ(leader.counters().stale_dropped, 1U);
  EXPECT_EQ(leader.model().state.weights[0], 1);
}

TEST(LeaderOfAGroup, RefusesWhatCannotBeAveraged) {
  auto leader = leader_of(1);
  auto two = publication({.change = 1});
  two.change.weights = {1, 2};
  leader.hear(two);
  leader.hear(publication({.change = std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_EQ(leader.counters().unusable, 2U);
  EXPECT_EQ(leader.model().version, 0U);
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
