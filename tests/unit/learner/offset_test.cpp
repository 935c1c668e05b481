#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

TEST(Offset, IsAddedToTheRawScore) {
  auto learner = test::learner_of({}, 2);
  auto one = test::sample({0, 0});
  one.offset = 2;
  (void)test::learn(learner, one);
  EXPECT_NEAR(learner.prediction().probabilities[1], 1 / (1 + std::exp(-2.0)), 1e-12);
  Recipe regression;
  regression.task = Task::regression;
  auto other = test::learner_of(regression, 2);
  (void)test::learn(other, one);
  EXPECT_EQ(other.prediction().value, 2);
}

// The margin of a model that is right by half a unit: only the half is left to learn.
TEST(Offset, LeavesToLearnOnlyWhatTheFrozenModelGetsWrong) {
  for (const double dropout : {0.0, 0.1}) {
    Recipe recipe;
    recipe.task = Task::regression;
    recipe.scale = ScaleKind::none;
    recipe.optimizer = "sgd";
    recipe.schedule = "constant";
    recipe.schedule_parameters = {};
    if (dropout > 0) recipe.model = {ModelKind::mlp, Rounding::none, {8}, Activation::tanh, dropout, 1};
    auto learner = test::learner_of(recipe, 1);
    Random random(1);
    double last = 0;
    for (int i = 0; i < 3000; ++i) {
      const double x = random.normal();
      auto one = test::sample({x}, 100 * x + 0.5);
      one.offset = 100 * x;
      last = test::learn(learner, one).error;
    }
    EXPECT_LT(last, dropout > 0 ? 0.5 : 0.01) << dropout;
  }
}

}  // namespace
}  // namespace rekindle
