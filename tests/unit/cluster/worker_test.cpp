#include "cluster/worker.hpp"

#include <gmock/gmock.h>

#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::CountingReplica;
using test::newest;
using testing::ElementsAre;
using testing::IsEmpty;

class WorkerOfAGroup : public testing::Test {
 protected:
  static Round round(std::uint64_t term, std::uint64_t number, double lr) {
    Round out;
    out.term = term;
    out.round = number;
    out.lr = lr;
    return out;
  }
  static Model model(std::uint64_t version, double weight, std::uint64_t settled = 0) {
    Model out;
    out.term = 1;
    out.version = version;
    out.state = {{weight}, {}};
    if (settled != 0) out.settled[0] = {settled, version};
    return out;
  }
  void learn(int samples) {
    for (int i = 0; i < samples; ++i) replica_.learn(worker_);
  }
  template <class Heard>
  void hear(const Heard& heard) {
    worker_.hear(heard);
    worker_.begin_what_was_heard();
  }
  CountingReplica replica_;
  Worker worker_{{.id = 0, .sync_samples = 10}, replica_, round(1, 1, 0.5)};
};

TEST_F(WorkerOfAGroup, PublishesTheWholeOfItsChangeEveryTenSamples) {
  learn(9);
  EXPECT_THAT(worker_.take_messages(), IsEmpty());
  learn(1);
  auto told = newest<Publication>(worker_.take_messages());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->samples, 10U);
  EXPECT_THAT(told->change.weights, ElementsAre(10));
  learn(10);
  told = newest<Publication>(worker_.take_messages());
  EXPECT_EQ(told->samples, 20U) << "so that it does not matter whether the first one arrived";
  EXPECT_THAT(told->change.weights, ElementsAre(20));
}

TEST_F(WorkerOfAGroup, PublishesMoreOftenWhereTheRoundSaysSo) {
  auto hurried = round(1, 2, 0.5);
  hurried.sync = 3;
  hear(hurried);
  learn(3);
  EXPECT_TRUE(newest<Publication>(worker_.take_messages()));
  learn(6);
  EXPECT_EQ(newest<Publication>(worker_.take_messages())->samples, 9U);
  learn(9);
  EXPECT_THAT(worker_.take_messages(), IsEmpty()) << "three are on their way";
  learn(1);
  EXPECT_EQ(newest<Publication>(worker_.take_messages())->samples, 19U);
}

TEST_F(WorkerOfAGroup, KeepsWhatItLearnedSinceThePublicationThatWasAveragedIn) {
  learn(13);
  hear(model(1, 100, 1));
  EXPECT_EQ(replica_.weight, 103);
  learn(7);
  const auto told = newest<Publication>(worker_.take_messages());
  EXPECT_EQ(told->base, 1U);
  EXPECT_EQ(told->samples, 10U);
  EXPECT_EQ(told->fresh, 7U) << "three were learned before the model was heard";
  EXPECT_THAT(told->change.weights, ElementsAre(10));
}

TEST_F(WorkerOfAGroup, PutsItsProgressOnTopOfAModelThatDoesNotHoldIt) {
  learn(13);
  hear(model(1, 100));
  EXPECT_EQ(replica_.weight, 113);
  hear(model(2, 200, 1));
  EXPECT_EQ(replica_.weight, 203);
}

TEST_F(WorkerOfAGroup, DropsProgressThatIsTooOldToKeep) {
  learn(5);
  hear(model(3, 100));
  EXPECT_EQ(replica_.weight, 100);
  EXPECT_EQ(worker_.counters().dropped, 1U);
}

TEST_F(WorkerOfAGroup, KeepsProgressOfTheMostVersionsThatItMay) {
  learn(5);
  hear(model(2, 100));
  EXPECT_EQ(replica_.weight, 105);
  EXPECT_EQ(worker_.counters().dropped, 0U);
}

TEST_F(WorkerOfAGroup, DropsASingleSampleOfProgressToo) {
  learn(1);
  hear(model(3, 100));
  EXPECT_EQ(replica_.weight, 100);
  EXPECT_EQ(worker_.counters().dropped, 1U);
}

TEST_F(WorkerOfAGroup, ThatHasNothingToDropDropsNothing) {
  hear(model(3, 100));
  EXPECT_EQ(replica_.weight, 100);
  EXPECT_EQ(worker_.counters().dropped, 0U);
}

TEST_F(WorkerOfAGroup, PublishesAfterADropWhatItLearnedSince) {
  learn(5);
  hear(model(3, 100));
  learn(5);
  const auto told = newest<Publication>(worker_.take_messages());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->samples, 5U);
  EXPECT_THAT(told->change.weights, ElementsAre(5));
}

TEST_F(WorkerOfAGroup, KeepsItsProgressOnAModelThatSettlesNoMoreOfIt) {
  learn(13);
  hear(model(1, 100, 1));
  hear(model(2, 200, 1));
  EXPECT_EQ(replica_.weight, 203);
  EXPECT_EQ(worker_.counters().dropped, 0U);
}

TEST_F(WorkerOfAGroup, RemembersEightPublications) {
  learn(80);
  hear(model(1, 100, 1));
  EXPECT_EQ(replica_.weight, 170) << "the oldest of eight is settled";
}

TEST_F(WorkerOfAGroup, ForgetsTheOldestOfNinePublications) {
  learn(90);
  hear(model(1, 100, 1));
  EXPECT_EQ(replica_.weight, 100) << "nobody knows any more what of its progress the model holds";
}

TEST_F(WorkerOfAGroup, IgnoresARoundAndAModelThatItHasHeard) {
  hear(round(1, 1, 0.25));
  EXPECT_EQ(replica_.rate, 0.5);
  hear(model(1, 100));
  hear(model(1, 200));
  EXPECT_EQ(replica_.weight, 100);
  EXPECT_EQ(worker_.counters().ignored, 2U);
  EXPECT_EQ(worker_.counters().adopted, 1U);
}

TEST_F(WorkerOfAGroup, ThatWasAwayBeginsTheNewestOfWhatItHears) {
  learn(5);
  for (std::uint64_t version = 1; version <= 4; ++version) worker_.hear(model(version, 100.0 * static_cast<double>(version)));
  worker_.begin_what_was_heard();
  EXPECT_EQ(replica_.weight, 400) << "its own progress is four versions old";
  EXPECT_EQ(worker_.counters().adopted, 1U);
}

TEST_F(WorkerOfAGroup, DropsWhatItCannotTellFromWhatIsSettled) {
  learn(5);
  hear(model(1, 100, 42));
  EXPECT_EQ(replica_.weight, 100);
}

TEST_F(WorkerOfAGroup, IgnoresOlderRoundsAndModelsAndThoseOfAnEarlierLeader) {
  hear(round(1, 5, 0.4));
  hear(round(1, 4, 0.3));
  EXPECT_EQ(replica_.rate, 0.4);
  hear(round(2, 6, 0.2));
  hear(round(1, 7, 0.9));
  EXPECT_EQ(replica_.rate, 0.2) << "a leader that no longer is one has woken up";
  hear(model(1, 100));
  EXPECT_EQ(replica_.weight, 0);
  EXPECT_EQ(worker_.counters().ignored, 3U);
}

TEST_F(WorkerOfAGroup, WaitsForTheEndOfItsBatch) {
  replica_.boundary = false;
  hear(round(1, 2, 0.1));
  hear(model(1, 100));
  learn(1);
  EXPECT_EQ(replica_.rate, 0.5);
  EXPECT_EQ(replica_.weight, 1);
  replica_.boundary = true;
  learn(1);
  EXPECT_EQ(replica_.rate, 0.1);
  EXPECT_EQ(replica_.weight, 102);
}

TEST_F(WorkerOfAGroup, CarriesOutEachOrderOnceAndOnlyItsOwn) {
  auto with_orders = round(1, 2, 0.5);
  with_orders.generation = 3;
  with_orders.orders = {{2, true, 1, true, 0}, {3, false, 0.5, false, 7}};
  hear(with_orders);
  with_orders.round = 3;
  hear(with_orders);
  EXPECT_THAT(replica_.done, ElementsAre("restart 1.0"));
}

TEST_F(WorkerOfAGroup, CarriesOutTheNewestOrderOnceAlthoughRoundsRepeatIt) {
  auto with_orders = round(1, 2, 0.5);
  with_orders.generation = 2;
  with_orders.orders = {{2, false, 0.5, false, 0}};  // For this worker alone.
  hear(with_orders);
  EXPECT_THAT(replica_.done, ElementsAre("0.5"));
  with_orders.round = 3;
  hear(with_orders);
  EXPECT_THAT(replica_.done, ElementsAre("0.5"));
}

TEST_F(WorkerOfAGroup, AnswersNoPollTwiceAndNoneThatNobodyAsked) {
  replica_.learn(worker_, 1000, 0.1);
  hear(round(1, 2, 0.5));
  replica_.learn(worker_, 400, 0.1);
  EXPECT_FALSE(newest<Vote>(worker_.take_messages()));
  auto poll = round(1, 3, 0.5);
  poll.poll = 1;
  hear(poll);
  replica_.learn(worker_, 400, 0.1);
  EXPECT_TRUE(newest<Vote>(worker_.take_messages()));
  poll.round = 4;
  hear(poll);
  replica_.learn(worker_, 400, 0.1);
  EXPECT_FALSE(newest<Vote>(worker_.take_messages()));
}

TEST_F(WorkerOfAGroup, AnswersAPollByItsOwnError) {
  replica_.learn(worker_, 1000, 0.1);
  auto poll = round(1, 2, 0.5);
  poll.poll = 1;
  (void)worker_.take_messages();
  hear(poll);
  EXPECT_FALSE(newest<Vote>(worker_.take_messages())) << "it looks at what comes first";
  replica_.learn(worker_, 300, 0.1);
  auto vote = newest<Vote>(worker_.take_messages());
  ASSERT_TRUE(vote);
  EXPECT_FALSE(vote->drifted);
  replica_.learn(worker_, 100, 0.5);
  poll.round = 3;
  poll.poll = 2;
  hear(poll);
  replica_.learn(worker_, 100, 0.5);
  vote = newest<Vote>(worker_.take_messages());
  ASSERT_TRUE(vote);
  EXPECT_EQ(vote->poll, 2U);
  EXPECT_TRUE(vote->drifted);
}

}  // namespace
}  // namespace rekindle::cluster
