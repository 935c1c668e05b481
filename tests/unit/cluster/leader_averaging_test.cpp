// What a leader takes of the publications that it hears, and what it makes of them.
#include <gmock/gmock.h>

#include <limits>
#include <memory>
#include <vector>

#include "cluster/leader.hpp"
#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::leader_of;
using test::newest;
using test::publication;
using testing::ElementsAre;

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

TEST(LeaderOfAGroup, AveragesNoChangeThatWasLearnedFromNothing) {
  auto leader = leader_of(1);
  leader.hear(publication({.samples = 0, .change = 1}));
  EXPECT_EQ(leader.counters().unusable, 1U);
  EXPECT_EQ(leader.model().version, 0U);
  leader.hear(publication({.samples = 1, .change = 1}));
  EXPECT_EQ(leader.counters().unusable, 1U);
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1)) << "one sample is one";
}

TEST(LeaderOfAGroup, KeepsTheNewerOfTwoPublicationsThatOvertakeEachOther) {
  auto leader = leader_of(2);
  leader.hear(publication({.worker = 0, .sequence = 2, .samples = 20, .change = 2, .progress = 20}));
  leader.hear(publication({.worker = 0, .sequence = 1, .samples = 10, .change = 1, .progress = 10}));
  leader.hear(publication({.worker = 1, .sequence = 1, .samples = 20, .change = 4, .progress = 20}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(3)) << "the mean of 2 and 4";
}

TEST(LeaderOfAGroup, TakesNothingMoreOfASequenceThatIsSettled) {
  auto leader = leader_of(1);
  leader.hear(publication({.sequence = 1, .change = 1}));
  leader.hear(publication({.sequence = 1, .base = 1, .change = 5}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(1));
  leader.hear(publication({.sequence = 2, .base = 1, .change = 5}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(6));
}

// In the first round 10 and 30 samples, which fade to 8 and 24. Then worker 0 brings 30 more in three publications: 38 by then, and
// worker 1, which has not told anything, counts as 24 of them: 38 of 62.
TEST(LeaderOfAGroup, CountsWhoHasNotPublishedByWhatItIsUsedToBring) {
  auto leader = leader_of(2);
  leader.hear(publication({.worker = 0, .samples = 10, .progress = 10}));
  leader.hear(publication({.worker = 1, .samples = 30, .progress = 30}));
  ASSERT_EQ(leader.model().version, 1U);
  for (std::uint64_t i = 1; i <= 3; ++i)
    leader.hear(publication({.worker = 0, .sequence = i + 1, .base = 1, .samples = 10 * i, .change = 62, .progress = 10 + 10 * i}));
  ASSERT_EQ(leader.model().version, 2U);
  EXPECT_NEAR(leader.model().state.weights[0], 38, 1e-9);
}

TEST(LeaderOfAGroup, AveragesAlsoWhereAWorkerTellsOfNoProgress) {
  auto leader = leader_of(1);
  leader.hear(publication({.change = 3, .progress = 0}));
  EXPECT_THAT(leader.model().state.weights, ElementsAre(3));
}

// Changes 1 and 3: mean 2, sum 4, four tenths of the way between them is 0.8; of 20 samples 15 were learned on the newest model.
TEST(LeaderOfAGroup, GoesBeyondTheMeanByTheFreshShareOfTheSamples) {
  auto with = test::settings();
  with.parts = 1;
  auto leader = leader_of(2, with);
  auto half = publication({.worker = 0, .change = 1});
  half.fresh = 5;
  leader.hear(half);
  auto more_than_there_are = publication({.worker = 1, .change = 3});
  more_than_there_are.fresh = 1000;
  leader.hear(more_than_there_are);
  EXPECT_NEAR(leader.model().state.weights[0], 2 + 0.75 * 0.8, 1e-12);
}

TEST(LeaderOfAGroup, LeavesItsStepLengthsToItsSuccessor) {
  auto with = test::settings();
  with.parts = 1;
  auto leader = leader_of(2, with);
  for (std::uint64_t version = 0; version < 2; ++version) {
    for (WorkerId worker = 0; worker < 2; ++worker)
      leader.hear(publication({.worker = worker, .sequence = version + 1, .base = version, .change = 1}));
  }
  EXPECT_THAT(leader.standing().lengths, ElementsAre(StepLength::highest)) << "the second round pointed on";
  const auto lengths_after = [&](std::size_t parts) {
    with.parts = parts;
    const auto next = Leader::take_over(with, std::make_unique<test::FallingRate>(), leader.standing(), leader.model(), 2);
    return next ? (*next)->standing().lengths : std::vector<double>();
  };
  EXPECT_THAT(lengths_after(1), ElementsAre(StepLength::highest));
  EXPECT_THAT(lengths_after(2), ElementsAre(StepLength::initial, StepLength::initial)) << "those of other parts say nothing";
}

}  // namespace
}  // namespace rekindle::cluster
