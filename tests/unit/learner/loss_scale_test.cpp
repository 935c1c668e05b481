#include "learner/loss_scale.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

Recipe recipe_in(Precision precision, ModelSpec model = {}) {
  Recipe recipe;
  recipe.precision = precision;
  recipe.model = std::move(model);
  recipe.model.rounding = precision == Precision::float16 ? Rounding::float16 : Rounding::bfloat16;
  if (precision == Precision::float32) recipe.model.rounding = Rounding::none;
  recipe.optimizer = "sgd";
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"gamma", 0.5}};
  recipe.policy = "none";
  return recipe;
}

TEST(LossScale, HalvesAtAnOverflowAndDoublesAfterTwoThousandGoodUpdates) {
  LossScale scale;
  EXPECT_EQ(scale.value(), 32'768);
  for (int i = 0; i < 1999; ++i) scale.went_well();
  EXPECT_EQ(scale.value(), 32'768);
  scale.went_well();
  EXPECT_EQ(scale.value(), 65'536);
  for (int i = 0; i < 1999; ++i) scale.went_well();
  scale.overflowed();
  EXPECT_EQ(scale.value(), 32'768);
  scale.went_well();
  EXPECT_EQ(scale.value(), 32'768);
  for (int i = 0; i < 100; ++i) scale.overflowed();
  EXPECT_EQ(scale.value(), 1);
}

// 32768 times a gradient of 8 is beyond float16's 65504: the scale comes down until it fits, the schedule waits.
TEST(SixteenBits, SkipUpdatesThatOverflowAndDoNotAdvanceTheSchedule) {
  auto recipe = recipe_in(Precision::float16);
  recipe.task = Task::regression;
  recipe.scale = ScaleKind::none;
  auto learner = test::learner_of(recipe, 1);
  const auto one = test::sample({4}, -1.0);  // Slope 2, gradient 8: 2^18 at first.
  int skipped = 0;
  while (learner.counters().updates == 0) {
    EXPECT_EQ(learner.lr(), 0.05);
    EXPECT_EQ(test::weights_of(learner)[0], 0);
    (void)test::learn(learner, one);
    ++skipped;
    ASSERT_LT(skipped, 10);
  }
  EXPECT_EQ(learner.counters().nonfinite_updates, 3U);
  EXPECT_EQ(learner.lr(), 0.025);
  EXPECT_NEAR(test::weights_of(learner)[0], -0.05 * 8, 1e-6);
  // bfloat16 has float32's range.
  auto wide = recipe;
  wide.precision = Precision::bfloat16;
  wide.model.rounding = Rounding::bfloat16;
  auto other = test::learner_of(wide, 1);
  (void)test::learn(other, one);
  EXPECT_EQ(other.counters().updates, 1U);
}

TEST(SixteenBits, LearnAboutAsWellAsThirtyTwo) {
  for (const auto& model : {ModelSpec{}, ModelSpec{ModelKind::mlp, Rounding::none, {16, 8}, Activation::relu, 0, 1}}) {
    std::vector<double> accuracies;
    for (const auto precision : {Precision::float32, Precision::bfloat16, Precision::float16}) {
      auto recipe = recipe_in(precision, model);
      recipe.schedule = "constant";
      recipe.schedule_parameters = {};
      auto learner = test::learner_of(recipe, 5);
      (void)test::learn_all(learner, test::samples_of({.features = 5}, 3000));
      accuracies.push_back(test::metric(learner, "accuracy"));
    }
    EXPECT_NE(accuracies[0], 0.5);
    EXPECT_NEAR(accuracies[1], accuracies[0], 0.02);
    EXPECT_NEAR(accuracies[2], accuracies[0], 0.02);
  }
}

TEST(Rounding, GoesToTheNearestSixteenBitNumber) {
  std::vector<float> values = {1.0F + 0x1p-9F, 1.0F + 0x1p-11F, 70'000.0F, 1e-8F};
  auto brain = values;
  round_all(Rounding::bfloat16, std::span(brain));
  EXPECT_EQ(brain[0], 1.0F);
  EXPECT_NEAR(brain[2], 70'000.0F, 256);
  round_all(Rounding::float16, std::span(values));
  EXPECT_EQ(values[0], 1.0F + 0x1p-9F);
  EXPECT_EQ(values[1], 1.0F);
  EXPECT_TRUE(std::isinf(values[2]));
  EXPECT_EQ(values[3], 0.0F);
}

}  // namespace
}  // namespace rekindle
