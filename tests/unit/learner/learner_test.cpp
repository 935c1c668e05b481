#include "learner/learner.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"
#include "unit/learner/learner_parts.hpp"

namespace rekindle {
namespace {

using test::by_hand;
using test::learn;
using test::learner_of;
using test::Recipe;
using test::sample;
using test::weights_of;
using ::testing::ElementsAre;

TEST(Learner, PredictsBeforeItLearns) {
  auto learner = learner_of(by_hand(), 1);
  EXPECT_EQ(learn(learner, sample({1}, 5)).loss, 25);
  EXPECT_EQ(learner.prediction().value, 0);
  EXPECT_THAT(weights_of(learner), ElementsAre(1, 1));  // 0.1 * 2 * 5
  EXPECT_EQ(learn(learner, sample({1}, 5)).loss, 9);
}

TEST(Learner, LearnsWhatCanBeLearned) {
  auto learner = learner_of({}, 5);
  (void)test::learn_all(learner, test::samples_of({.features = 5, .noise = 0}, 20'000));
  EXPECT_GT(test::metric(learner, "accuracy"), 0.95);
}

TEST(Learner, SaysTheRateThatAppliedToTheSample) {
  auto recipe = by_hand();
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 2.0}, {"gamma", 0.5}};
  auto learner = learner_of(recipe, 1);
  std::vector<double> rates;
  for (int i = 0; i < 5; ++i) rates.push_back(learn(learner, sample({0}, 0)).lr);
  EXPECT_THAT(rates, ElementsAre(0.1, 0.1, 0.05, 0.05, 0.025));
}

TEST(Learner, OnlyPredictsASampleWithoutALabel) {
  auto learner = learner_of(by_hand(), 1);
  (void)learn(learner, sample({1}, 5));
  const auto weights = weights_of(learner);
  const auto outcome = learn(learner, sample({1}));
  EXPECT_FALSE(outcome.labelled);
  EXPECT_FALSE(outcome.updated);
  EXPECT_EQ(learner.prediction().value, 2);
  EXPECT_EQ(weights_of(learner), weights);
  EXPECT_EQ(learner.counters().predicted_only, 1U);
  EXPECT_EQ(learner.counters().learned, 1U);
}

TEST(Learner, HoldsOutEveryKthLabelledSample) {
  auto recipe = by_hand();
  recipe.validation_every = 3;
  auto learner = learner_of(recipe, 1);
  std::string held;
  for (int i = 0; i < 7; ++i) {
    if (i == 4) (void)learn(learner, sample({1}));
    const auto before = weights_of(learner);
    const auto outcome = learn(learner, sample({1}, 5));
    held += outcome.held_out ? 'v' : '.';
    EXPECT_EQ(outcome.held_out, weights_of(learner) == before);
  }
  EXPECT_EQ(held, "..v..v.");
  EXPECT_EQ(learner.counters().held_out, 2U);
  EXPECT_EQ(learner.counters().learned, 5U);
}

TEST(Learner, StepsAlongTheMeanOverABatch) {
  auto recipe = by_hand();
  recipe.batch_size = 2;
  auto learner = learner_of(recipe, 1);
  EXPECT_FALSE(learn(learner, sample({1}, 5)).updated);
  EXPECT_THAT(weights_of(learner), ElementsAre(0, 0));
  EXPECT_TRUE(learn(learner, sample({2}, 3)).updated);
  // Gradients -10 x and -6 x, so a mean of (-10 - 12) / 2 and (-10 - 6) / 2.
  EXPECT_THAT(weights_of(learner), ElementsAre(::testing::DoubleNear(1.1, 1e-15), ::testing::DoubleNear(0.8, 1e-15)));
  EXPECT_EQ(learner.counters().updates, 1U);
}

TEST(Learner, WeighsTheGradientOfASample) {
  auto learner = learner_of(by_hand(), 1);
  auto heavy = sample({1}, 5);
  heavy.weight = 0.5;
  (void)learn(learner, heavy);
  EXPECT_THAT(weights_of(learner), ElementsAre(0.5, 0.5));
  heavy.weight = 0;
  (void)learn(learner, heavy);
  EXPECT_THAT(weights_of(learner), ElementsAre(0.5, 0.5));
}

TEST(Learner, RefusesAWeightThatIsNoWeight) {
  for (const double weight : {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    auto learner = learner_of(by_hand(), 1);
    auto one = sample({1}, 5);
    one.weight = weight;
    Rejection why;
    EXPECT_FALSE(learner.observe(one, why).accepted);
    EXPECT_EQ(why.reason, RejectReason::bad_weight);
    EXPECT_EQ(why.field, "w");
    EXPECT_EQ(learner.counters().rejected, 1U);
    EXPECT_EQ(learner.counters().samples, 1U);
  }
}

TEST(Learner, LeavesNoTraceOfASampleWithAnUnusableLabel) {
  Recipe recipe;
  recipe.classes = {"no", "yes"};
  auto learner = learner_of(recipe, 1);
  (void)learn(learner, sample({1}, "yes"));
  const auto scaler = test::saved(learner.scaler());
  const auto weights = weights_of(learner);
  Rejection why;
  EXPECT_FALSE(learner.observe(sample({7}, "maybe"), why).accepted);
  EXPECT_EQ(why.reason, RejectReason::unknown_class);
  EXPECT_EQ(why.field, "y");
  EXPECT_EQ(test::saved(learner.scaler()), scaler);
  EXPECT_EQ(weights_of(learner), weights);
}

TEST(Learner, WantsANumberForTheLabelOfARegression) {
  auto learner = learner_of(by_hand(), 1);
  Rejection why;
  EXPECT_FALSE(learner.observe(sample({7}, "five"), why).accepted);
  EXPECT_EQ(why.reason, RejectReason::wrong_type);
}

TEST(Learner, SkipsAndCountsAnUpdateThatIsNotFinite) {
  auto recipe = by_hand();
  recipe.precision = Precision::float32;
  auto learner = learner_of(recipe, 1);
  (void)learn(learner, sample({1}, 5));
  const auto weights = weights_of(learner);
  for (const auto& absurd : {sample({1e30}, 1), sample({1}, 1e300), sample({-1e39}, 0), sample({1e20}, 1e30)}) {
    EXPECT_FALSE(learn(learner, absurd).updated);
    EXPECT_THAT(test::events_of(learner), ::testing::HasSubstr("skipped"));
    EXPECT_EQ(weights_of(learner), weights);
  }
  EXPECT_EQ(learner.counters().nonfinite_updates, 4U);
  EXPECT_TRUE(learn(learner, sample({1}, 5)).updated) << "goes on as if they had not come";
  for (const auto& [name, value] : learner.scores().metrics()) EXPECT_TRUE(!value || std::isfinite(*value)) << name;
}

TEST(Learner, KeepsItsWeightsFiniteUnderAnyRateAndInput) {
  Random random(9);
  for (const auto& optimizer : optimizers()) {
    for (const auto precision : {Precision::float32, Precision::float64}) {
      auto recipe = by_hand();
      recipe.optimizer = optimizer.name;
      recipe.precision = precision;
      recipe.lr = 1e6;
      recipe.policy = "restart";
      auto learner = learner_of(recipe, 3);
      for (int i = 0; i < 3000; ++i) {
        std::vector<double> values(3);
        for (auto& value : values) value = random.normal() * std::pow(10.0, random.uniform() * 300);
        (void)learn(learner, sample(values, random.normal() * std::pow(10.0, random.uniform() * 300)));
        for (const double w : weights_of(learner)) ASSERT_TRUE(std::isfinite(w)) << optimizer.name << " at " << i;
      }
      EXPECT_GT(learner.counters().nonfinite_updates, 0U);
      for (const auto& [name, value] : learner.scores().metrics())
        EXPECT_TRUE(!value || std::isfinite(*value)) << optimizer.name << " " << name;
    }
  }
}

TEST(Learner, RecoversFromAnOutlier) {
  Recipe recipe;
  recipe.policy = "none";
  auto learner = learner_of(recipe, 3);
  const auto samples = test::samples_of({.features = 3, .noise = 0}, 20'000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    (void)learn(learner, samples[i]);
    if (i == 10'000) (void)learn(learner, sample({100, -100, 100}, 0));
  }
  EXPECT_GT(test::metric(learner, "accuracy"), 0.9);
}

TEST(Learner, TakesClassesAsTheyComeAndKeepsWhatItLearned) {
  auto recipe = by_hand(Task::multiclass);
  auto learner = learner_of(recipe, 1);
  (void)learn(learner, sample({1}, "a"));
  (void)learn(learner, sample({2}, "b"));
  EXPECT_EQ(test::events_of(learner), "1 class b 1\n");
  (void)learn(learner, sample({1}, "a"));
  const auto before = learner.champion().tensors()[0].values;
  ASSERT_EQ(before.size(), 2U);
  const auto outcome = learn(learner, sample({0}, "c"));
  EXPECT_EQ(outcome.error, 1) << "what was never seen cannot have been predicted";
  EXPECT_EQ(test::events_of(learner), "3 class c 2\n");
  const auto after = learner.champion().tensors()[0].values;
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[0], before[0]) << "a zero feature moves no weight";
  EXPECT_EQ(after[1], before[1]);
  EXPECT_EQ(learner.prediction().probabilities.size(), 2U) << "the prediction was made without the new class";
  EXPECT_THAT(learner.classes(), ElementsAre("a", "b", "c"));
}

TEST(Learner, TakesANewClassInTheMiddleOfABatch) {
  auto recipe = by_hand(Task::multiclass);
  recipe.batch_size = 3;
  auto learner = learner_of(recipe, 1);
  (void)learn(learner, sample({1}, "a"));
  (void)learn(learner, sample({1}, "b"));
  (void)learn(learner, sample({1}, "c"));
  EXPECT_EQ(learner.counters().updates, 1U);
  const auto weights = learner.champion().tensors()[0].values;
  ASSERT_EQ(weights.size(), 3U);
  // a: one class, no gradient; b: (1/2, -1/2); c: (1/3, 1/3, -2/3); all over three samples, times the rate.
  EXPECT_NEAR(weights[0], -0.1 * (1.0 / 2 + 1.0 / 3) / 3, 1e-15);
  EXPECT_NEAR(weights[1], -0.1 * (-1.0 / 2 + 1.0 / 3) / 3, 1e-15);
  EXPECT_NEAR(weights[2], 0.1 * (2.0 / 3) / 3, 1e-15);
}

TEST(Learner, LearnsSeveralClasses) {
  Recipe recipe;
  recipe.task = Task::multiclass;
  auto learner = learner_of(recipe, 2);
  Random random(3);
  const std::vector<std::string> names = {"left", "right", "top"};
  for (int i = 0; i < 10'000; ++i) {
    const auto k = static_cast<std::size_t>(random.below(3));
    const double x = (k == 0 ? -3 : (k == 1 ? 3 : 0)) + random.normal();
    const double y = (k == 2 ? 4 : 0) + random.normal();
    (void)learn(learner, sample({x, y}, names[k]));
  }
  EXPECT_GT(test::metric(learner, "accuracy"), 0.9);
}

TEST(Learner, RestartsAndResetsByCommandBeforeTheNextSample) {
  auto recipe = by_hand();
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 1.0}};
  recipe.optimizer = "momentum";
  auto learner = learner_of(recipe, 1);
  for (int i = 0; i < 3; ++i) (void)learn(learner, sample({1}, 5));
  EXPECT_NEAR(learner.lr(), 1e-4, 1e-18);
  learner.restart();
  EXPECT_EQ(test::events_of(learner), "3 restart command\n");
  EXPECT_EQ(learner.lr(), 0.1) << "no warm-up of its own";
  learner.reset();
  EXPECT_EQ(test::events_of(learner), "3 reset command\n");
  EXPECT_EQ(learner.counters().restarts_total(), 1U);
  EXPECT_EQ(learner.counters().resets_total(), 1U);
}

TEST(Learner, ResetsTheOptimizerPeriodically) {
  auto recipe = by_hand();
  recipe.optimizer = "momentum";
  recipe.reset_every = 3;
  auto learner = learner_of(recipe, 1);
  std::string events;
  for (int i = 0; i < 7; ++i) {
    (void)learn(learner, sample({1}, 5));
    events += test::events_of(learner);
  }
  EXPECT_EQ(events, "2 reset period\n5 reset period\n");
}

TEST(Learner, BeginsAScheduleInSecondsAtTheFirstSample) {
  auto recipe = by_hand();
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 10.0}};
  recipe.unit = StepUnit::seconds;
  auto learner = learner_of(recipe, 1);
  std::vector<double> rates;
  for (const std::int64_t seconds : {1'700'000'000, 1'700'000'009, 1'700'000'010, 1'700'000'025}) {
    auto one = sample({0}, 0);
    one.time_ms = seconds * 1000;
    rates.push_back(learn(learner, one).lr);
  }
  EXPECT_THAT(rates, ElementsAre(0.1, 0.1, ::testing::DoubleNear(0.01, 1e-15), ::testing::DoubleNear(0.001, 1e-15)));
}

TEST(Learner, CountsARecordThatNeverBecameASample) {
  auto learner = learner_of(by_hand(), 1);
  learner.count_rejected();
  EXPECT_EQ(learner.counters().samples, 1U);
  EXPECT_EQ(learner.counters().rejected, 1U);
}

TEST(Learner, ReportsWhatItIsAndDid) {
  Recipe recipe;
  auto learner = learner_of(recipe, 2);
  LearnerStatus before;
  learner.report(before);
  EXPECT_EQ(before.loss_fast, std::nullopt);
  EXPECT_EQ(before.gradient_norm, std::nullopt);
  (void)learn(learner, sample({1, 2}, 1));
  (void)learn(learner, sample({1, 2}));
  LearnerStatus status;
  learner.report(status);
  EXPECT_EQ(status.task, "binary");
  EXPECT_EQ(status.samples, 2U);
  EXPECT_EQ(status.learned, 1U);
  EXPECT_EQ(status.predicted_only, 1U);
  EXPECT_EQ(status.schedule_step, 1);
  EXPECT_NEAR(*status.loss_fast, std::log(2.0), 1e-7);
  EXPECT_TRUE(status.gradient_norm);
  EXPECT_THAT(status.classes, ElementsAre("0", "1"));
  EXPECT_THAT(status.features, ElementsAre("x0", "x1"));
  ASSERT_EQ(status.detectors.size(), 2U);
  EXPECT_EQ(status.detectors[0].name, "adwin");
  EXPECT_EQ(status.detectors[1].name, "adwin_rank") << "for where one class is rare";
}

}  // namespace
}  // namespace rekindle
