#include "learner/portfolio.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/learners.hpp"
#include "unit/learner/portfolio_parts.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::portfolio;
using test::Recipe;
using test::samples_of;

LogisticStreamOptions one_flip() { return {.seed = 7, .features = 5, .noise = 0.02, .drifts = {10'000}, .changed = {1}, .flip = true}; }

std::vector<std::string> names_of(const Learner& learner) {
  std::vector<std::string> out;
  for (const auto& one : learner.members()) out.push_back(one.name);
  return out;
}

TEST(Portfolio, HasFourMembersOrTwo) {
  EXPECT_THAT(names_of(learner_of(portfolio())), ::testing::ElementsAre("idbd_0.01", "idbd_0.1", "rmsprop_0.04", "anchor"));
  EXPECT_THAT(names_of(learner_of(portfolio(PortfolioBudget::lite))), ::testing::ElementsAre("idbd_0.1", "anchor"));
  EXPECT_THAT(learner_of({}).members(), ::testing::IsEmpty());
}

TEST(Portfolio, ItsWeightsAddUpToOneAndNoneIsEverLost) {
  auto learner = learner_of(portfolio());
  for (const auto& one : samples_of(one_flip(), 12'000)) {
    (void)test::learn(learner, one);
    double sum = 0;
    for (const auto& member : learner.members()) {
      ASSERT_GE(member.weight, 3e-4 / 4 * 0.99);
      sum += member.weight;
    }
    ASSERT_NEAR(sum, 1, 1e-12);
  }
}

TEST(Portfolio, ReportsTheAnchorsRateAsItsOwn) {
  auto learner = learner_of(portfolio());
  EXPECT_EQ(learner.lr(), 0.15);
  (void)test::learn_all(learner, samples_of(one_flip(), 5000));
  EXPECT_EQ(learner.lr(), learner.members().back().lr);
  EXPECT_LT(learner.lr(), 0.02) << "its accumulators are its schedule";
}

TEST(Portfolio, RestartsTheAnchorOnADriftAndRecovers) {
  auto learner = learner_of(portfolio());
  (void)test::learn_all(learner, samples_of(one_flip(), 20'000));
  ASSERT_EQ(learner.incidents().total(), 1U);
  const auto& incident = learner.incidents().newest()[0];
  EXPECT_EQ(incident.response, "restart");
  EXPECT_GT(incident.lr_after, incident.lr_before);
  EXPECT_TRUE(incident.recovered_after);
  EXPECT_EQ(learner.counters().restarts_total(), 1U);
  EXPECT_GT(test::metric(learner, "accuracy"), 0.95);
}

TEST(Portfolio, OnlyWatchesWhereThePolicyIsAlarm) {
  auto recipe = portfolio();
  recipe.policy = "alarm";
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, samples_of(one_flip(), 12'000));
  EXPECT_EQ(learner.incidents().total(), 1U);
  EXPECT_EQ(learner.incidents().newest()[0].response, "hold");
  EXPECT_EQ(learner.counters().restarts_total(), 0U);
}

TEST(Portfolio, DoesAsWellAsAnyOneOfManyConstantRates) {
  const auto samples = samples_of({.seed = 3, .features = 10, .noise = 0.05}, 20'000);
  auto learner = learner_of(portfolio(), 10);
  (void)test::learn_all(learner, samples);
  double best = 0;
  for (const double lr : {0.001, 0.01, 0.1, 1.0}) {
    Recipe constant;
    constant.optimizer = "sgd";
    constant.schedule = "constant";
    constant.schedule_parameters = {};
    constant.lr = lr;
    constant.policy = "none";
    auto one = learner_of(constant, 10);
    (void)test::learn_all(one, samples);
    best = std::max(best, test::metric(one, "accuracy"));
  }
  EXPECT_GT(test::metric(learner, "accuracy"), best - 0.01);
}

TEST(Portfolio, LearnsARegression) {
  auto recipe = portfolio();
  recipe.task = Task::regression;
  auto learner = learner_of(recipe, 2);
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double x = random.normal();
    (void)test::learn(learner, test::sample({x, random.normal()}, 100 * x + random.normal()));
  }
  EXPECT_GT(test::metric(learner, "r2"), 0.95);
}

TEST(Portfolio, KeepsItsWeightsFiniteWhateverComes) {
  Random random(9);
  for (const auto task : {Task::binary, Task::regression}) {
    auto recipe = portfolio();
    recipe.task = task;
    recipe.scale = ScaleKind::none;
    auto learner = learner_of(recipe, 3);
    for (int i = 0; i < 3000; ++i) {
      std::vector<double> values(3);
      for (auto& value : values) value = random.normal() * std::pow(10.0, random.uniform() * 300);
      const double label = task == Task::binary ? static_cast<double>(i % 2) : random.normal() * std::pow(10.0, random.uniform() * 300);
      (void)test::learn(learner, test::sample(values, label));
      for (const auto& member : learner.members()) ASSERT_TRUE(std::isfinite(member.weight)) << i;
      for (const double w : test::weights_of(learner)) ASSERT_TRUE(std::isfinite(w)) << i;
    }
  }
}

// The weights are what was learned: they outlive a change of the mode.
TEST(Portfolio, GivesASingleLearnerTheWeightsOfItsBestMemberAndTheOtherWayRound) {
  const auto samples = samples_of({.features = 5}, 3000);
  auto several = learner_of(portfolio());
  (void)test::learn_all(several, samples);
  auto single = learner_of({});
  std::vector<std::string> notes;
  ASSERT_TRUE(single.restore(several.save(), notes));
  EXPECT_EQ(test::weights_of(single), test::weights_of(several));
  EXPECT_THAT(notes, ::testing::Contains(::testing::HasSubstr("mode: portfolio full becomes single")));
  auto back = learner_of(portfolio(PortfolioBudget::lite));
  ASSERT_TRUE(back.restore(single.save(), notes));
  EXPECT_EQ(test::weights_of(back), test::weights_of(single));
  (void)test::learn_all(back, samples);
}

// A rate that an operator gives is the rate, whatever the accumulators are.
TEST(Portfolio, SaysTheRateThatIsPinned) {
  auto learner = learner_of(portfolio());
  (void)test::learn_all(learner, samples_of(one_flip(), 200));
  learner.pin(0.3);
  EXPECT_EQ(learner.lr(), 0.3);
}

}  // namespace
}  // namespace rekindle
