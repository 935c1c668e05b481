#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::samples_of;

std::vector<std::byte> section_of(const Learner& learner, const std::string& name) { return find_section(learner.save(), name)->bytes; }

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

}  // namespace
}  // namespace rekindle
