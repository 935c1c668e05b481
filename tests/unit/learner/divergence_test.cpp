// The guard against divergence: that it fires where a learner blows up, and nowhere else.
#include "learner/divergence_guard.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::learner_of;
using test::Recipe;
using test::sample;
using ::testing::HasSubstr;
using ::testing::Not;

Recipe regression(const std::string& optimizer, double lr) {
  Recipe recipe;
  recipe.task = Task::regression;
  recipe.scale = ScaleKind::none;
  recipe.optimizer = optimizer;
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = lr;
  recipe.policy = "none";
  return recipe;
}

std::vector<Sample> linear_stream(std::size_t count, double scale = 1, std::uint64_t seed = 5) {
  Random random(seed);
  std::vector<Sample> out;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> x(4);
    for (auto& value : x) value = random.normal();
    const double y = scale * (x[0] - 2 * x[1] + 0.5 * x[2] + 0.1 * random.normal());
    out.push_back(sample(x, y));
  }
  return out;
}

double recent_loss(Learner& learner, std::span<const Sample> samples) {
  double sum = 0;
  for (const auto& one : samples) sum += learn(learner, one).loss;
  return sum / static_cast<double>(samples.size());
}

// A good state was kept at update 0: loss 1, as that of knowing nothing, and weights of norm `norm`.
DivergenceGuard settled(double norm = 1, std::size_t bytes = 1) {
  DivergenceGuard guard({});
  for (int i = 0; i < 20; ++i) {
    guard.observe(1);
    guard.observe_ignorant(1);
    guard.updated(1);
  }
  auto& snapshot = guard.begin_snapshot(0, norm);
  for (std::size_t i = 0; i < bytes; ++i) snapshot.put<std::uint8_t>(1);
  return guard;
}

TEST(Guard, CallsItADivergenceWhenTheWeightsHaveMoreThanDoubled) {
  auto guard = settled(4);
  EXPECT_FALSE(guard.has_diverged(1e9)) << "the loss is what it was";
  for (int i = 0; i < 100; ++i) guard.observe(100);
  EXPECT_TRUE(guard.suspects());
  EXPECT_FALSE(guard.has_diverged(8));
  EXPECT_TRUE(guard.has_diverged(8.001));
}

TEST(Guard, TakesThreeSkippedUpdatesForADivergenceWhereTheWeightsGrewAMillionfold) {
  for (const auto& [norm, limit] : {std::pair(0.5, 1e6), {1.0, 1e6}, {5.0, 5e6}}) {
    auto guard = settled(norm);
    guard.skipped();
    guard.skipped();
    EXPECT_FALSE(guard.has_diverged(1e9)) << "two may be the input's fault";
    guard.skipped();
    EXPECT_FALSE(guard.has_diverged(limit)) << norm;
    EXPECT_TRUE(guard.has_diverged(1.0001 * limit)) << norm;
    guard.updated(1);
    EXPECT_FALSE(guard.has_diverged(1e9)) << "no longer in a row";
  }
}

TEST(Guard, SaysWhichIsTheThirdDivergenceAtShortIntervals) {
  const auto told = [](const std::vector<std::uint64_t>& updates) {
    auto guard = settled();
    std::vector<bool> out;
    for (const auto update : updates) out.push_back(guard.diverged(update, 1));
    return out;
  };
  EXPECT_EQ(told({50, 1050, 2050}), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(told({50, 1051, 2051, 3051}), (std::vector<bool>{false, false, false, true})) << "the first was long ago";
  EXPECT_EQ(told({1, 2, 3, 4, 5, 6, 7}), (std::vector<bool>{false, false, true, false, false, true, false})) << "it counts anew";
  auto guard = settled();
  (void)guard.diverged(1, 1);
  (void)guard.diverged(2, 1);
  guard.start_anew();
  EXPECT_FALSE(guard.diverged(3, 1)) << "the rate is another";
}

TEST(Guard, ForgetsAfterADivergenceWhatLedToIt) {
  auto guard = settled();
  for (int i = 0; i < 3; ++i) guard.skipped();
  (void)guard.diverged(100, 1);
  guard.skipped();
  guard.skipped();
  EXPECT_FALSE(guard.suspects());
  guard.skipped();
  EXPECT_TRUE(guard.suspects());
}

TEST(Guard, KeepsTheFirstStateAndThenOneEveryThousandUpdates) {
  EXPECT_TRUE(DivergenceGuard({}).snapshot_due(0));
  EXPECT_FALSE(DivergenceGuard({}).snapshot_due(1));
  const auto small = settled();
  EXPECT_FALSE(small.snapshot_due(0)) << "there is one";
  EXPECT_FALSE(small.snapshot_due(999));
  EXPECT_TRUE(small.snapshot_due(1000));
  const auto large = settled(1, 64 * 2000);
  EXPECT_FALSE(large.snapshot_due(1999)) << "64 bytes an update may be copied";
  EXPECT_TRUE(large.snapshot_due(2000));
}

TEST(Guard, LooksAtALargeModelsNormMoreRarely) {
  const auto guard = settled();
  EXPECT_TRUE(guard.norm_due(0, 1 << 30)) << "there is none yet";
  EXPECT_TRUE(guard.norm_due(1000, 256 * 1000));
  EXPECT_FALSE(guard.norm_due(3999, 256 * 4000)) << "256 bytes an update may be looked at";
  EXPECT_TRUE(guard.norm_due(4000, 256 * 4000));
}

TEST(Guard, KeepsAStateAfterTwentyLossesAndNoSkippedUpdate) {
  DivergenceGuard guard({});
  guard.begin_snapshot(0, 1).put<std::uint8_t>(1);
  for (int i = 1; i <= 20; ++i) {
    guard.observe(0);
    EXPECT_EQ(guard.snapshot_due(1000), i == 20) << i << "; a loss of zero is as good as can be";
  }
  guard.skipped();
  EXPECT_FALSE(guard.snapshot_due(1000));
  guard.updated(1);
  EXPECT_TRUE(guard.snapshot_due(1000));
}

TEST(Guard, KeepsNoStateInTheMiddleOfARiseNorOneThatIsWorseThanKnowingNothing) {
  const auto due_at = [](double ignorant, double factor) {
    DivergenceGuard guard({});
    for (int i = 0; i < 100; ++i) guard.observe_ignorant(ignorant);
    for (int i = 0; i < 10'000; ++i) guard.observe(1);
    guard.begin_snapshot(0, 1).put<std::uint8_t>(1);
    // The mean over 50 follows within the next hundred, that over 2000 hardly.
    for (int i = 0; i < 100; ++i) guard.observe(factor);
    return guard.snapshot_due(1000);
  };
  EXPECT_TRUE(due_at(10, 1.4));
  EXPECT_FALSE(due_at(10, 2.5));
  EXPECT_TRUE(due_at(1.5, 1.4));
  EXPECT_FALSE(due_at(1.1, 1.4)) << "worse than knowing nothing and than the state that is kept";
  EXPECT_TRUE(due_at(1, 1)) << "no worse";
}

TEST(Guard, BringsALearnerBackThatBlowsUpFromTheStart) {
  for (const auto* optimizer : {"sgd", "momentum", "nesterov"}) {
    auto learner = learner_of(regression(optimizer, 0.6), 4);
    const auto samples = linear_stream(30'000);
    EXPECT_THAT(test::learn_all(learner, samples), HasSubstr("diverged rollback")) << optimizer;
    EXPECT_GT(learner.counters().guard_rollbacks, 0U);
    EXPECT_LT(learner.lr(), 0.6);
    EXPECT_LT(recent_loss(learner, linear_stream(2000, 1, 6)), 1) << optimizer << ": that of knowing nothing is 5.3";
  }
}

// A rate that was right becomes too high when the inputs grow.
TEST(Guard, GoesBackToTheStateBeforeTheExplosion) {
  auto learner = learner_of(regression("sgd", 0.05), 4);
  EXPECT_THAT(test::learn_all(learner, linear_stream(5000)), Not(HasSubstr("diverged")));
  const auto good = test::weights_of(learner);
  std::string events;
  for (auto one : linear_stream(20'000, 1, 7)) {
    for (auto& value : one.values) value *= 6;
    (void)learn(learner, one);
    events += test::events_of(learner);
    if (!events.empty()) break;
  }
  ASSERT_THAT(events, HasSubstr("diverged rollback"));
  const auto back = test::weights_of(learner);
  for (std::size_t j = 0; j < good.size(); ++j) EXPECT_NEAR(back[j], good[j], 0.2);
  EXPECT_NEAR(learner.lr(), 0.025, 1e-12);
}

TEST(Guard, LeavesTheWeightsAloneWhereToldTo) {
  auto recipe = regression("sgd", 0.6);
  recipe.controls.guard.rollback = false;
  recipe.controls.guard.lr_factor = 0.1;
  auto learner = learner_of(recipe, 4);
  const auto events = test::learn_all(learner, linear_stream(20'000));
  EXPECT_THAT(events, HasSubstr("diverged\n"));
  EXPECT_THAT(events, Not(HasSubstr("rollback")));
  EXPECT_LT(recent_loss(learner, linear_stream(2000, 1, 6)), 1) << "the smaller rate finds back by itself";
}

TEST(Guard, HoldsAfterTheThirdTimeThenGoesOn) {
  auto learner = learner_of(regression("sgd", 24), 4);
  const auto samples = linear_stream(40'000);
  std::size_t i = 0;
  std::string events;
  for (; i < samples.size() && events.find("hold") == std::string::npos; ++i) {
    (void)learn(learner, samples[i]);
    events += test::events_of(learner);
  }
  ASSERT_LT(i, samples.size());
  EXPECT_EQ(learner.counters().divergences, 3U);
  EXPECT_EQ(learner.lr(), 0);
  const auto held = test::weights_of(learner);
  for (int k = 0; k < 999; ++k) (void)learn(learner, samples[i++]);
  EXPECT_EQ(test::weights_of(learner), held);
  for (; i < samples.size(); ++i) (void)learn(learner, samples[i]);
  EXPECT_GT(learner.lr(), 0);
  EXPECT_LT(recent_loss(learner, linear_stream(2000, 1, 6)), 1);
}

TEST(Guard, EndsItsCutAtARestart) {
  auto learner = learner_of(regression("sgd", 0.6), 4);
  ASSERT_THAT(test::learn_all(learner, linear_stream(5000)), HasSubstr("diverged"));
  learner.restart();
  EXPECT_EQ(learner.lr(), 0.6);
}

TEST(Guard, KnowsALearnerThatRunsIntoNumbersThatAreNotFinite) {
  auto recipe = regression("sgd", 1e4);
  auto learner = learner_of(recipe, 4);
  EXPECT_THAT(test::learn_all(learner, linear_stream(300)), HasSubstr("diverged rollback"));
}

// The loss rises a hundredfold, but the learner is not the cause.
TEST(Guard, DoesNotTakeADriftOfASureClassifierForDivergence) {
  for (const auto* optimizer : {"sgd", "momentum", "adam", "rmsprop", "adagrad", "ftrl", "lion"}) {
    for (const double lr : {0.01, 0.1}) {
      for (const auto* policy : {"none", "restart"}) {
        // FTRL holds its weights in what a reset takes away: that is a divergence indeed.
        if (optimizer == std::string("ftrl") && policy == std::string("restart")) continue;
        Recipe recipe;
        recipe.optimizer = optimizer;
        recipe.lr = lr;
        recipe.policy = policy;
        auto learner = learner_of(recipe, 5);
        const LogisticStreamOptions options{.seed = 3, .features = 5, .noise = 0, .drifts = {6000, 12'000}, .changed = {}, .flip = true};
        const auto events = test::learn_all(learner, test::samples_of(options, 18'000));
        EXPECT_THAT(events, Not(HasSubstr("diverged"))) << optimizer << " " << lr << " " << policy;
      }
    }
  }
}

// The labels become a thousand times as large: the weights have to grow.
TEST(Guard, DoesNotTakeAChangeOfScaleForDivergence) {
  for (const auto* optimizer : {"sgd", "momentum", "adam", "rmsprop", "adagrad"}) {
    auto learner = learner_of(regression(optimizer, 0.01), 4);
    auto samples = linear_stream(5000);
    const auto large = linear_stream(5000, 1000);
    samples.insert(samples.end(), large.begin(), large.end());
    EXPECT_THAT(test::learn_all(learner, samples), Not(HasSubstr("diverged"))) << optimizer;
  }
}

TEST(Guard, DoesNotTakeOutliersForDivergence) {
  auto learner = learner_of(regression("adam", 0.01), 4);
  const auto samples = linear_stream(20'000);
  std::string events;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    auto one = samples[i];
    if (i % 500 == 499) one.label.number *= 1000;
    (void)learn(learner, one);
    events += test::events_of(learner);
  }
  EXPECT_THAT(events, Not(HasSubstr("diverged")));
}

TEST(Guard, ForgetsTheGoodStateOfAnotherShape) {
  Recipe recipe;
  recipe.task = Task::multiclass;
  auto learner = learner_of(recipe, 4);
  for (auto one : linear_stream(3000)) {
    one.label = {Label::Kind::text, 0, one.label.number > 0 ? "up" : "down"};
    (void)learn(learner, one);
  }
  auto one = sample({1, 2, 3, 4}, "sideways");
  (void)learn(learner, one);
  ByteWriter out;
  learner.champion().save_controls(out);
  EXPECT_LT(out.bytes().size(), 400U) << "no copy of the model in it";
}

}  // namespace
}  // namespace rekindle
