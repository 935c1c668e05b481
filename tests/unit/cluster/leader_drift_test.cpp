// The one drift decision of a group, at the edges of its votes and cool-downs, and what is made of a response.
#include <gmock/gmock.h>

#include "cluster/leader.hpp"
#include "tests/unit/cluster/parts.hpp"

namespace rekindle::cluster {
namespace {

using test::leader_of;
using test::publication;
using test::publish_all;
using testing::ElementsAre;
using testing::IsEmpty;

class AlwaysThe final : public DriftPolicy {
 public:
  explicit AlwaysThe(Response response) : response_(std::move(response)) {}
  [[nodiscard]] Response decide(const DriftEvidence& /*evidence*/) const override { return response_; }

 private:
  Response response_;
};

Response restart() {
  Response out;
  out.restart = true;
  return out;
}

LeaderSettings answering(const Response& response, std::uint64_t cooldown = 10) {
  auto out = test::settings();
  out.cooldown = cooldown;
  out.policy = std::make_shared<AlwaysThe>(response);
  return out;
}

Evidence evidence(WorkerId worker, std::uint64_t progress, std::uint64_t alarm = 1) {
  return {worker, alarm, {progress, progress, 0}, DriftSeverity::extreme, 0.9, DriftKind::abrupt};
}

// Worker 2 of four has drifted by itself at its 100th sample.
Leader after_a_drift_of_worker_2() {
  auto leader = leader_of(4, answering(restart()));
  leader.hear(evidence(2, 100));
  leader.hear(Vote{0, 1, false});
  leader.hear(Vote{1, 1, false});
  return leader;
}

TEST(TheDriftDecision, AfterADriftOfAllRestsForTheCoolDownOfEachWorker) {
  auto leader = leader_of(2, answering(restart()));
  leader.hear(evidence(0, 100));
  leader.hear(evidence(1, 100));
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_EQ(leader.incidents()[0].clock.samples, 200U);
  publish_all(leader, 2, 109);
  leader.hear(evidence(0, 109, 2));
  EXPECT_EQ(leader.round().poll, 1U) << "18 samples later";
  publish_all(leader, 2, 110);
  leader.hear(evidence(0, 110, 3));
  EXPECT_EQ(leader.round().poll, 2U) << "20 samples later";
}

TEST(TheDriftDecision, AfterADriftOfAWorkerRestsForTheCoolDownOfThatWorker) {
  auto leader = after_a_drift_of_worker_2();
  ASSERT_EQ(leader.incidents().size(), 1U);
  leader.hear(evidence(2, 109, 2));
  EXPECT_EQ(leader.round().poll, 1U);
  leader.hear(evidence(2, 110, 3));
  EXPECT_EQ(leader.round().poll, 2U);
}

TEST(TheDriftDecision, TakesADoubledAlarmOnce) {
  auto leader = after_a_drift_of_worker_2();
  publish_all(leader, 4, 500);
  leader.hear(evidence(2, 100, 1));
  EXPECT_EQ(leader.round().poll, 1U);
  leader.hear(evidence(2, 500, 2));
  EXPECT_EQ(leader.round().poll, 2U);
}

TEST(TheDriftDecision, NeedNotAskAWorkerThatHasDriftedAMomentAgo) {
  for (const std::uint64_t learned : {109U, 110U}) {
    auto leader = after_a_drift_of_worker_2();
    leader.hear(publication({.worker = 2, .progress = learned}));
    leader.hear(evidence(0, 50));
    leader.hear(Vote{1, 2, false});
    leader.hear(Vote{3, 2, true});
    if (learned == 110) {
      EXPECT_EQ(leader.incidents().size(), 1U) << "two of four say so, and worker 2 has not answered";
      continue;
    }
    ASSERT_EQ(leader.incidents().size(), 2U);
    EXPECT_TRUE(leader.incidents()[1].global);
    EXPECT_EQ(leader.incidents()[1].votes_for, 3U);
    EXPECT_EQ(leader.incidents()[1].votes_against, 1U);
  }
}

TEST(TheDriftDecision, WaitsWhereOneOfThreeSaysNo) {
  auto leader = leader_of(3, answering(restart()));
  leader.hear(evidence(2, 100));
  leader.hear(Vote{0, 1, false});
  EXPECT_THAT(leader.incidents(), IsEmpty());
  leader.hear(Vote{1, 1, true});
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_TRUE(leader.incidents()[0].global);
}

TEST(TheDriftDecision, HalfOfTheWorkersAreNoMajority) {
  auto leader = leader_of(4, answering(restart()));
  leader.hear(evidence(2, 100));
  leader.hear(Vote{0, 1, true});
  leader.hear(Vote{1, 1, false});
  EXPECT_THAT(leader.incidents(), IsEmpty());
  leader.hear(Vote{3, 1, false});
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_FALSE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].votes_for, 2U);
  EXPECT_EQ(leader.incidents()[0].votes_against, 2U);
}

TEST(TheDriftDecision, DoesNotWaitForWorkersThatAreGone) {
  auto leader = leader_of(3, answering(restart()));
  for (int i = 0; i < 5; ++i) leader.pin(std::nullopt);  // A silent round each.
  leader.hear(evidence(0, 100));
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_TRUE(leader.incidents()[0].global) << "one of one";
}

TEST(TheDriftDecision, CountsWhoeverVotes) {
  auto leader = leader_of(4, answering(restart()));
  for (int i = 0; i < 5; ++i) leader.pin(std::nullopt);
  leader.hear(publication({.worker = 1}));
  leader.hear(evidence(0, 100));
  leader.hear(Vote{2, 1, false});  // Not heard for long; with it they are three.
  EXPECT_THAT(leader.incidents(), IsEmpty());
  leader.hear(Vote{1, 1, false});
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_FALSE(leader.incidents()[0].global);
}

TEST(TheDriftDecision, HearsTheVoteThatAPublicationRepeats) {
  auto leader = leader_of(2, answering(restart()));
  leader.hear(evidence(0, 100));
  auto answered = publication({.worker = 1});
  answered.poll = 1;
  answered.drifted = true;
  leader.hear(answered);
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_TRUE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].votes_for, 2U);
}

TEST(TheDriftDecision, WaitsForVotesUntilTheCoolDownHasPassed) {
  auto leader = leader_of(4, answering(restart()));
  leader.hear(evidence(2, 0));
  publish_all(leader, 4, 10);
  ASSERT_EQ(leader.round().clock.samples, 40U);
  EXPECT_THAT(leader.incidents(), IsEmpty());
  publish_all(leader, 4, 11);
  ASSERT_EQ(leader.incidents().size(), 1U);
  EXPECT_FALSE(leader.incidents()[0].global);
  EXPECT_EQ(leader.incidents()[0].worker, 2U);
}

// A worker that tells its errors, of a group of one.
class WhatAllErrorsSay : public testing::Test {
 protected:
  void publish(Leader& leader, std::uint64_t learned, double errors) {
    auto one = publication({.sequence = leader.model().version + 1, .base = leader.model().version, .progress = learned});
    one.errors = {learned, errors, 0};
    leader.hear(one);
  }
};

// From a usual share of .1 it is .4 to chance, which is a half: .35 is a size of .625, .7 of 1.5.
TEST_F(WhatAllErrorsSay, IsGradedByTheWayToChance) {
  for (const auto& [errors, severity] : {std::pair(35, "moderate"), std::pair(70, "extreme")}) {
    auto leader = leader_of(1, answering(restart()));
    publish(leader, 1000, 100);
    publish(leader, 2000, 200);
    publish(leader, 2100, 200 + errors);
    ASSERT_EQ(leader.incidents().size(), 1U) << errors;
    EXPECT_TRUE(leader.incidents()[0].global);
    EXPECT_EQ(leader.incidents()[0].severity, severity);
    EXPECT_EQ(leader.incidents()[0].votes_for, 1U);
  }
}

// As many samples of the group as one learner would rest.
TEST_F(WhatAllErrorsSay, IsNotAskedInTheCoolDownOfADriftOfAll) {
  auto leader = leader_of(1, answering(restart(), 1000));
  leader.hear(evidence(0, 100));
  ASSERT_EQ(leader.incidents().size(), 1U);
  publish(leader, 600, 0);
  publish(leader, 1000, 0);
  publish(leader, 1099, 99);
  EXPECT_EQ(leader.incidents().size(), 1U);
  publish(leader, 1100, 100);
  EXPECT_EQ(leader.incidents().size(), 2U);
}

class ResponseOfAGroup : public testing::Test {
 protected:
  // Of a drift of both of two workers.
  GroupIncident of_all(const Response& response) { return judged(response, true); }
  // Of worker 0 alone.
  GroupIncident of_one(const Response& response) { return judged(response, false); }
  std::vector<std::string> told_;
  std::vector<Order> orders_;

 private:
  GroupIncident judged(const Response& response, bool global) {
    told_.clear();
    auto leader = test::telling_leader_of(2, told_, answering(response));
    leader.hear(evidence(0, 100));
    leader.hear(Vote{1, 1, global});
    orders_ = leader.round().orders;
    EXPECT_EQ(leader.incidents().size(), 1U);
    return leader.incidents().empty() ? GroupIncident() : leader.incidents()[0];
  }
};

TEST_F(ResponseOfAGroup, ThatRestartsDropsAllAccumulators) {
  EXPECT_EQ(of_all(restart()).response, "restart");
  ASSERT_EQ(orders_.size(), 1U);
  EXPECT_TRUE(orders_[0].restart);
  EXPECT_TRUE(orders_[0].for_all);
  EXPECT_EQ(orders_[0].forget, 1);
}

// A round of two workers is 20 samples.
TEST_F(ResponseOfAGroup, WarmsUpWhereThatLastsLongerThanARound) {
  auto response = restart();
  response.warmup = 20;
  (void)of_all(response);
  EXPECT_THAT(told_, ElementsAre("restart, warm-up 0"));
  response.warmup = 21;
  (void)of_all(response);
  EXPECT_THAT(told_, ElementsAre("restart, warm-up 21"));
}

TEST_F(ResponseOfAGroup, ThatBumpsStretchesTheDecay) {
  Response response;
  response.bump = 2;
  response.decay_stretch = 3;
  EXPECT_EQ(of_all(response).response, "bump");
  EXPECT_THAT(told_, ElementsAre("bump 2, stretch 3"));
  ASSERT_EQ(orders_.size(), 1U);
  EXPECT_EQ(orders_[0].forget, 0);
  EXPECT_FALSE(orders_[0].restart);
}

TEST_F(ResponseOfAGroup, ThatForgetsLeavesTheRateAlone) {
  Response response;
  response.forget = 0.5;
  EXPECT_EQ(of_all(response).response, "reset");
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_EQ(orders_.size(), 1U);
  EXPECT_EQ(orders_[0].forget, 0.5);
  EXPECT_TRUE(orders_[0].for_all);
}

TEST_F(ResponseOfAGroup, ThatHoldsOrdersNothing) {
  EXPECT_EQ(of_all({}).response, "hold");
  EXPECT_THAT(orders_, IsEmpty());
  EXPECT_EQ(of_one({}).response, "hold");
  EXPECT_THAT(orders_, IsEmpty());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ResponseOfAGroup, ToADriftOfOneIsThatItForgets) {
  Response response;
  response.forget = 0.5;
  for (const auto& [one, forget] : {std::pair(response, 0.5), std::pair(restart(), 1.0)}) {
    EXPECT_EQ(of_one(one).response, "reset");
    ASSERT_EQ(orders_.size(), 1U);
    EXPECT_EQ(orders_[0].forget, forget);
    EXPECT_FALSE(orders_[0].for_all);
    EXPECT_EQ(orders_[0].worker, 0U);
  }
  EXPECT_THAT(told_, IsEmpty()) << "the rate is the group's";
}

}  // namespace
}  // namespace rekindle::cluster
