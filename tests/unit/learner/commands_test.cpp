#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::samples_of;
using test::section_of;

// Where the weights, the accumulators and the rate are those of the other.
void expect_same_champion(const Learner& one, const Learner& other) {
  for (const auto* name : {"model", "optimizer", "schedule"}) EXPECT_EQ(section_of(one, name), section_of(other, name)) << name;
}

Recipe quiet(LearnerMode mode) {
  Recipe recipe;
  recipe.policy = "none";
  recipe.mode = mode;
  return recipe;
}

TEST(Commands, ARollbackRestoresWhatWasBeforeTheCommandExactly) {
  for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
    auto learner = learner_of(quiet(mode));
    auto untouched = learner_of(quiet(mode));
    const auto samples = samples_of({.features = 5}, 2500);
    const std::span all(samples);
    (void)test::learn_all(learner, all.first(2000));
    (void)test::learn_all(untouched, all.first(2000));
    learner.restart();
    (void)test::learn_all(learner, all.subspan(2000));
    ASSERT_TRUE(learner.rollback());
    EXPECT_THAT(test::events_of(learner), ::testing::HasSubstr("rolled back command"));
    expect_same_champion(learner, untouched);
    EXPECT_EQ(learner.counters().rollbacks, 1U);
    EXPECT_FALSE(learner.rollback()) << "there is nothing left to undo";
  }
}

TEST(Commands, ThereIsNothingToRollBackAtFirst) {
  auto learner = learner_of({});
  EXPECT_FALSE(learner.rollback());
  EXPECT_EQ(learner.counters().rollbacks, 0U);
}

TEST(Commands, APinnedRateStaysUntilItIsGivenBack) {
  for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
    auto learner = learner_of(quiet(mode));
    const auto samples = samples_of({.features = 5}, 3000);
    const std::span all(samples);
    (void)test::learn_all(learner, all.first(1000));
    learner.pin(0.007);
    EXPECT_EQ(learner.lr(), 0.007);
    learner.restart();
    (void)test::learn_all(learner, all.subspan(1000, 1000));
    EXPECT_EQ(learner.lr(), 0.007);
    learner.unpin();
    EXPECT_NE(learner.lr(), 0.007);
    EXPECT_THAT(test::events_of(learner), ::testing::HasSubstr("unpin"));
  }
}

TEST(Commands, BoundsHoldForAPinnedRateToo) {
  auto recipe = quiet(LearnerMode::single);
  recipe.lr_max = 0.01;
  auto learner = learner_of(recipe);
  learner.pin(3);
  EXPECT_EQ(learner.lr(), 0.01);
}

TEST(Commands, ABumpRaisesTheRateButNotAboveItsBound) {
  auto recipe = quiet(LearnerMode::single);
  recipe.lr_max = 0.1;
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, samples_of({.features = 5}, 2500));
  const double before = learner.lr();
  ASSERT_TRUE(learner.bump(2));
  EXPECT_NEAR(learner.lr(), 2 * before, 1e-12);
  ASSERT_TRUE(learner.bump(1000));
  EXPECT_NEAR(learner.lr(), 0.1, 1e-12);
  EXPECT_FALSE(learner.bump(2));
  EXPECT_FALSE(learner.bump(0.5));
}

// The rate at which a learner goes down once it was raised by hand is the schedule's own.
TEST(Commands, ABumpLeavesThePaceOfTheScheduleAlone) {
  auto recipe = quiet(LearnerMode::single);
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"gamma", 0.99}};
  auto learner = learner_of(recipe);
  const auto samples = samples_of({.features = 5}, 60);
  const std::span all(samples);
  (void)test::learn_all(learner, all.first(10));
  ASSERT_TRUE(learner.bump(2));
  (void)test::learn_all(learner, all.subspan(10));
  EXPECT_NEAR(learner.lr(), 2 * 0.05 * std::pow(0.99, 60), 1e-12);
}

TEST(Commands, ARestartIsAtFullRateAtOnce) {
  auto learner = learner_of(quiet(LearnerMode::single));
  (void)test::learn_all(learner, samples_of({.features = 5}, 2000));
  ASSERT_LT(learner.lr(), 0.045);
  learner.restart();
  EXPECT_EQ(learner.lr(), 0.05);
}

TEST(Commands, AResetForgetsAllAccumulators) {
  for (const auto* optimizer : {"rmsprop", "adam", "momentum"}) {
    auto recipe = quiet(LearnerMode::single);
    recipe.optimizer = optimizer;
    auto learner = learner_of(recipe);
    (void)test::learn_all(learner, samples_of({.features = 5}, 500));
    EXPECT_NE(section_of(learner, "optimizer"), section_of(learner_of(recipe), "optimizer"));
    learner.reset();
    EXPECT_EQ(section_of(learner, "optimizer"), section_of(learner_of(recipe), "optimizer")) << optimizer;
    ASSERT_EQ(learner.events().size(), 1U);
    EXPECT_EQ(std::get<OptimizerReset>(learner.events()[0]).fraction, 1);
  }
}

// While a response is on probation the learner without it learns on beside.
TEST(Commands, ARollbackOnProbationIsToTheLearnerThatLearnedOnWithoutTheResponse) {
  Recipe recipe;
  recipe.policy = "graded";
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 500.0}};
  const auto answered_with = [&](const Response& response) {
    for (auto& row : recipe.responses.by_severity) row = response;
    for (auto& row : recipe.responses.by_kind) row = std::nullopt;
    return learner_of(recipe);
  };
  auto responding = answered_with({.forget = 1, .restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  auto holding = answered_with({});
  std::size_t since = 0;
  for (const auto& one : samples_of({.seed = 7, .features = 5, .noise = 0.02, .drifts = {2000}, .changed = {1}, .flip = true}, 3000)) {
    for (auto* learner : {&responding, &holding}) (void)test::learn(*learner, one);
    if (responding.incidents().total() != 0 && ++since == 60) break;
  }
  ASSERT_EQ(since, 60U);
  ASSERT_EQ(responding.incidents().newest()[0].response, "restart");
  EXPECT_NE(section_of(responding, "model"), section_of(holding, "model"));
  ASSERT_TRUE(responding.rollback());
  expect_same_champion(responding, holding);
  EXPECT_TRUE(responding.incidents().newest()[0].rolled_back);
  EXPECT_FALSE(responding.rollback());
}

}  // namespace
}  // namespace rekindle
