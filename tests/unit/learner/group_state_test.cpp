// What a learner shares with the others of its group, and what it takes from them.
#include <gmock/gmock.h>

#include <limits>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using ::testing::ElementsAre;

Learner trained(const Recipe& recipe, std::uint64_t seed) {
  auto out = learner_of(recipe, 3);
  (void)test::learn_all(out, test::samples_of({.seed = seed, .features = 3}, 200));
  return out;
}

TEST(GroupState, IsTheWeightsThenMeansAndVariances) {
  const auto one = trained({}, 1);
  const auto common = one.common();
  EXPECT_EQ(common.weights, test::weights_of(one));
  ASSERT_EQ(common.statistics.size(), 6U);
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_EQ(common.statistics[j], one.scaler().means()[j]);
    EXPECT_EQ(common.statistics[3 + j], one.scaler().variances()[j]);
  }
}

TEST(GroupState, IsTakenWhole) {
  for (const auto scale : {ScaleKind::fading, ScaleKind::none}) {
    Recipe recipe;
    recipe.scale = scale;
    const auto one = trained(recipe, 1);
    auto other = trained(recipe, 2);
    ASSERT_NE(other.common().weights, one.common().weights);
    ASSERT_TRUE(other.adopt(one.common()));
    EXPECT_EQ(other.common().weights, one.common().weights);
    EXPECT_EQ(other.common().statistics, one.common().statistics);
  }
}

TEST(GroupState, OfAnotherShapeOrNotFiniteIsNotTaken) {
  const auto given = trained({}, 1).common();
  auto more_weights = given;
  more_weights.weights.push_back(0);
  auto more_statistics = given;
  more_statistics.statistics.push_back(0);
  auto infinite_weight = given;
  infinite_weight.weights[0] = std::numeric_limits<double>::infinity();
  auto no_number = given;
  no_number.statistics[5] = std::numeric_limits<double>::quiet_NaN();
  auto learner = trained({}, 2);
  const auto before = learner.common();
  for (const auto& one : {more_weights, more_statistics, infinite_weight, no_number}) {
    EXPECT_FALSE(learner.adopt(one));
    EXPECT_EQ(learner.common().weights, before.weights);
    EXPECT_EQ(learner.common().statistics, before.statistics);
  }
}

std::vector<std::string> answer(Learner& learner, bool restart, double forget) {
  learner.carry_out(restart, forget);
  std::vector<std::string> out;
  for (const auto& event : learner.events()) {
    if (const auto* restarted = std::get_if<LearningRateRestarted>(&event)) {
      out.push_back(fmt::format("{} restart to {}", restarted->reason, restarted->lr_after));
    } else if (const auto* reset = std::get_if<OptimizerReset>(&event)) {
      out.push_back(fmt::format("{} reset of {}", reset->reason, reset->fraction));
    } else {
      out.emplace_back("another event");
    }
  }
  return out;
}

TEST(GroupState, AnswersADriftWithWhatTheGroupDecidedOnly) {
  auto learner = trained({}, 1);
  ASSERT_LT(learner.lr(), 0.05);
  EXPECT_THAT(answer(learner, false, 0), ElementsAre());
  EXPECT_THAT(answer(learner, false, 0.25), ElementsAre("drift reset of 0.25"));
  EXPECT_THAT(answer(learner, true, 0), ElementsAre("drift restart to 0.05")) << "at once, without a warm-up";
  EXPECT_THAT(answer(learner, true, 1), ElementsAre("drift restart to 0.05", "drift reset of 1"));
  EXPECT_EQ(learner.counters().restarts_total(), 2U);
  EXPECT_EQ(learner.counters().resets_total(), 2U);
}

}  // namespace
}  // namespace rekindle
