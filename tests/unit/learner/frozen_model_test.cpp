#include "learner/frozen_model.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::learner_of;
using test::Recipe;
using test::sample;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Recipe of(Task task, std::vector<std::string> classes = {}) {
  Recipe recipe;
  recipe.task = task;
  recipe.classes = std::move(classes);
  return recipe;
}

TEST(FrozenModel, NamesTwoClassesOfABinaryTaskHoweverFewItHasSeen) {
  auto binary = learner_of(of(Task::binary), 1);
  EXPECT_THAT(freeze(binary)->classes(), ElementsAre("0", "1"));
  Prediction prediction;
  freeze(binary)->predict(sample({1}), prediction);
  EXPECT_EQ(prediction.probabilities.size(), 2U);
  (void)learn(binary, sample({1}, "yes"));
  EXPECT_THAT(freeze(binary)->classes(), ElementsAre("yes", "other"));
  (void)learn(binary, sample({1}, "no"));
  EXPECT_THAT(freeze(binary)->classes(), ElementsAre("yes", "no"));
  EXPECT_THAT(freeze(learner_of(of(Task::binary, {"a", "b"}), 1))->classes(), ElementsAre("a", "b"));
}

TEST(FrozenModel, OfOtherTasksNamesTheClassesThatWereSeen) {
  auto several = learner_of(of(Task::multiclass), 1);
  EXPECT_THAT(freeze(several)->classes(), IsEmpty());
  (void)learn(several, sample({1}, "a"));
  EXPECT_THAT(freeze(several)->classes(), ElementsAre("a"));
  EXPECT_THAT(freeze(learner_of(of(Task::regression), 1))->classes(), IsEmpty());
}

TEST(FrozenModel, PredictsAsTheLearnerDidAtThatMoment) {
  for (const auto precision : {Precision::float32, Precision::float64, Precision::bfloat16}) {
    for (const auto encoding : {std::optional<Encoding>(), std::optional(Encoding::onehot), std::optional(Encoding::hash)}) {
      auto recipe = of(Task::regression);
      recipe.precision = precision;
      recipe.scale = ScaleKind::none;
      recipe.encoding = encoding;
      auto learner = learner_of(recipe, 2);
      Random random(3);
      const auto next = [&] {
        auto out = sample({random.normal(), random.normal()});
        out.offset = random.normal();
        if (encoding) out.categories = {random.uniform() < 0.5 ? "nail" : "screw", random.uniform() < 0.5 ? "red" : ""};
        return out;
      };
      for (int i = 0; i < 50; ++i) {
        auto one = next();
        one.label = {Label::Kind::number, one.values[0] + 3, {}};
        (void)learn(learner, one);
      }
      const auto frozen = freeze(learner);
      EXPECT_EQ(frozen->version(), 50U);
      EXPECT_EQ(frozen->inputs().size(), 2 + learner.categories().names().size());
      Prediction prediction;
      for (int i = 0; i < 5; ++i) {
        const auto one = next();
        frozen->predict(one, prediction);
        (void)learn(learner, one);
        EXPECT_EQ(prediction.value, learner.prediction().value);
        EXPECT_NE(prediction.value, one.offset);
      }
    }
  }
}

Recipe decaying(StepUnit unit) {
  auto recipe = of(Task::regression);
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"gamma", 0.9}};
  recipe.lr = 0.1;
  recipe.unit = unit;
  recipe.epoch_samples = 10;
  recipe.batch_size = 2;
  return recipe;
}

TEST(RateAhead, IsTheRateAfterSoManyUpdatesMore) {
  for (const auto unit : {StepUnit::updates, StepUnit::samples, StepUnit::epochs}) {
    auto learner = learner_of(decaying(unit), 1);
    for (int i = 0; i < 10; ++i) (void)learn(learner, sample({0}, 0));
    const double ahead = rate_ahead(learner, 3);
    EXPECT_LT(ahead, learner.lr());
    EXPECT_EQ(rate_ahead(learner, 0), learner.lr());
    for (int i = 0; i < 3 * 2; ++i) (void)learn(learner, sample({0}, 0));
    EXPECT_EQ(learner.lr(), ahead);
  }
}

TEST(RateAhead, OfAScheduleInEventTimeIsTheRateNow) {
  auto learner = learner_of(decaying(StepUnit::seconds), 1);
  for (int i = 0; i < 10; ++i) {
    auto one = sample({0}, 0);
    one.time_ms = 1000 * i;
    (void)learn(learner, one);
  }
  EXPECT_LT(learner.lr(), 0.1);
  EXPECT_EQ(rate_ahead(learner, 3), learner.lr());
}

}  // namespace
}  // namespace rekindle
