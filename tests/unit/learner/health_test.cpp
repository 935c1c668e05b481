// Six streams, each made for one verdict; that the verdict is right, and that its advice helps.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <limits>

#include "learner/health_monitor.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::learner_of;
using test::Recipe;
using test::sample;
using ::testing::HasSubstr;
using ::testing::Not;

Recipe plain(Task task, double lr, const std::string& schedule = "constant", test::Entries parameters = {}) {
  Recipe recipe;
  recipe.task = task;
  recipe.scale = ScaleKind::none;
  recipe.optimizer = "sgd";
  recipe.schedule = schedule;
  recipe.schedule_parameters = std::move(parameters);
  recipe.lr = lr;
  recipe.policy = "none";
  return recipe;
}

// y is linear in five normal inputs, with noise; from `drift` on with the other sign.
std::vector<Sample> numbers(std::size_t count, std::size_t drift = ~std::size_t{0}) {
  Random random(21);
  std::vector<Sample> out;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> x(5);
    for (auto& value : x) value = random.normal();
    const double y = x[0] - 0.7 * x[1] + 0.5 * x[2] + 0.2 * x[3];
    out.push_back(sample(x, (i < drift ? y : -y) + 0.3 * random.normal()));
  }
  return out;
}

// The same hundred samples again and again, whose labels are noise.
std::vector<Sample> memorised(std::size_t count) {
  Random random(22);
  std::vector<Sample> set;
  for (int i = 0; i < 100; ++i) {
    std::vector<double> x(60);
    for (auto& value : x) value = random.normal();
    set.push_back(sample(x, random.uniform() < 0.5 ? 0 : 1));
  }
  std::vector<Sample> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(set[i % set.size()]);
  return out;
}

struct Judged {
  LearnerStatus status;
  double loss = 0;  // Over the last quarter; held-out samples alone where there are any.
};

Judged judged(const Recipe& recipe, const std::vector<Sample>& samples) {
  auto learner = learner_of(recipe, samples[0].values.size());
  Judged out;
  double count = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto outcome = learn(learner, samples[i]);
    const bool counts = i >= samples.size() * 3 / 4 && (recipe.validation_every == 0 || outcome.held_out);
    if (counts) out.loss += outcome.loss;
    count += counts ? 1 : 0;
  }
  out.loss /= count;
  learner.report(out.status);
  return out;
}

std::string verdict(const Recipe& recipe, const std::vector<Sample>& samples) { return judged(recipe, samples).status.health.verdict; }

Recipe good() { return plain(Task::regression, 0.09, "exponential", {{"decay_rate", 0.5}, {"decay_steps", 1000.0}}); }
Recipe frozen() { return plain(Task::regression, 0.02, "exponential", {{"gamma", 0.998}}); }
Recipe memorising() {
  auto recipe = plain(Task::binary, 0.3);
  recipe.validation_every = 5;
  return recipe;
}

TEST(Health, AScheduleThatSettlesHelps) {
  const auto found = judged(good(), numbers(6000)).status;
  EXPECT_EQ(found.health.verdict, "helping") << found.health.cause;
  EXPECT_THAT(found.health.cause, HasSubstr("below that of a constant rate of 0.09"));
  ASSERT_TRUE(found.baseline_loss);
  EXPECT_LT(*found.loss_slow, *found.baseline_loss);
}

TEST(Health, AScheduleThatHasDecayedToNothingHarmsAfterADrift) {
  const auto found = judged(frozen(), numbers(8000, 6000)).status;
  EXPECT_EQ(found.health.verdict, "harming") << found.health.cause;
  EXPECT_THAT(found.health.cause, HasSubstr("decayed too far"));
  EXPECT_THAT(found.health.remedy, HasSubstr("restart"));
}

// The same drift and the same decayed schedule, but the drift is seen and the schedule restarted.
TEST(Health, AnAnsweredDriftIsNoHarm) {
  auto recipe = frozen();
  recipe.policy = "restart";
  const auto samples = numbers(9000, 6000);
  auto learner = learner_of(recipe, 5);
  LearnerStatus status;
  bool answered = false;
  for (const auto& one : samples) {
    (void)learn(learner, one);
    answered = answered || learner.counters().restarts_total() != 0;
    if (!answered) continue;
    learner.report(status);
    EXPECT_NE(status.health.verdict, "harming") << status.samples << ": " << status.health.cause;
    // Later the bursts of the drift are still in what it is told by.
    if (status.samples < 6000 + 1500) {
      EXPECT_NE(status.health.verdict, "oscillating") << status.samples << ": " << status.health.cause;
    }
  }
  EXPECT_TRUE(answered);
}

TEST(Health, ARateFarTooHighDiverges) {
  const auto found = judged(plain(Task::regression, 0.5), numbers(3000)).status;
  EXPECT_EQ(found.health.verdict, "diverging") << found.health.cause;
  EXPECT_THAT(found.health.remedy, HasSubstr("lower the learning rate"));
}

TEST(Health, ARateALittleTooHighOscillates) {
  const auto found = judged(plain(Task::regression, 0.115), numbers(10'000)).status;
  EXPECT_EQ(found.health.verdict, "oscillating") << found.health.cause;
  EXPECT_EQ(verdict(plain(Task::binary, 3), test::samples_of({.features = 5, .noise = 0.1}, 10'000)), "oscillating");
}

TEST(Health, MemorisedNoiseIsOverfitting) {
  const auto found = judged(memorising(), memorised(20'000)).status;
  EXPECT_EQ(found.health.verdict, "overfitting") << found.health.cause;
  ASSERT_TRUE(found.validation_loss_slow && found.loss_slow);
  EXPECT_GT(*found.validation_loss_slow, 2 * *found.loss_slow);
}

TEST(Health, APlateauIsStalled) {
  const auto found = judged(plain(Task::regression, 1e-7), numbers(20'000)).status;
  EXPECT_EQ(found.health.verdict, "stalled") << found.health.cause;
  EXPECT_THAT(found.health.cause, HasSubstr("little better than knowing nothing"));
}

TEST(Health, WeightDecayThatOutweighsTheGradientIsUnderfitting) {
  auto recipe = plain(Task::regression, 0.05);
  recipe.optimizer_parameters = {{"weight_decay", 50.0}};
  recipe.lr = 0.005;
  const auto found = judged(recipe, numbers(20'000)).status;
  EXPECT_EQ(found.health.verdict, "stalled") << found.health.cause;
  EXPECT_THAT(found.health.cause, HasSubstr("underfitting"));
  EXPECT_THAT(found.health.remedy, HasSubstr("weight_decay"));
}

TEST(Health, AGoodConstantRateIsNeutralAsItIsItsOwnBaseline) {
  for (const auto task : {Task::regression, Task::binary}) {
    const auto samples = task == Task::regression ? numbers(10'000) : test::samples_of({.features = 5, .noise = 0.1}, 10'000);
    const auto found = judged(plain(task, 0.02), samples).status;
    EXPECT_EQ(found.health.verdict, "neutral") << found.health.cause;
    EXPECT_EQ(*found.loss_slow == 0, false);
  }
}

TEST(Health, IsUnknownAtFirst) { EXPECT_EQ(verdict(plain(Task::regression, 0.02), numbers(100)), ""); }

TEST(Health, KnowsNoBaselineWithoutAShadow) {
  auto recipe = frozen();
  recipe.shadow = false;
  const auto found = judged(recipe, numbers(30'000)).status;
  EXPECT_FALSE(found.baseline_loss);
  EXPECT_EQ(found.health.verdict, "stalled") << found.health.cause;
}

TEST(Health, AdviceThatIsFollowedLowersTheLoss) {
  const auto expect_better = [](const char* what, const Judged& before, const Judged& after) {
    EXPECT_LT(after.loss, 0.95 * before.loss) << what;
  };
  auto restarting = frozen();
  restarting.policy = "restart";
  expect_better("harming", judged(frozen(), numbers(12'000, 6000)), judged(restarting, numbers(12'000, 6000)));
  auto guarded = plain(Task::regression, 0.5);
  guarded.controls.guard = {1e300, 1, false};
  expect_better("diverging", judged(guarded, numbers(3000)), judged(plain(Task::regression, 0.05), numbers(3000)));
  expect_better("oscillating", judged(plain(Task::regression, 0.115), numbers(10'000)),
                judged(plain(Task::regression, 0.03), numbers(10'000)));
  auto regularised = memorising();
  regularised.optimizer_parameters = {{"weight_decay", 0.3}};
  expect_better("overfitting", judged(memorising(), memorised(20'000)), judged(regularised, memorised(20'000)));
  auto raised = plain(Task::regression, 1e-7);
  raised.controls.plateau_bump = {.patience = 200, .factor = 10, .max_lr = 0.05, .decay_stretch = 2};
  expect_better("stalled", judged(plain(Task::regression, 1e-7), numbers(20'000)), judged(raised, numbers(20'000)));
}

TEST(Health, GoesOnFromAnySave) {
  auto recipe = memorising();
  const auto samples = memorised(3000);
  auto whole = learner_of(recipe, 60);
  auto broken = std::make_unique<Learner>(test::spec_of(recipe), test::feature_names(60));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    (void)learn(whole, samples[i]);
    (void)learn(*broken, samples[i]);
    if (i % 331 != 0) continue;
    auto resumed = std::make_unique<Learner>(test::spec_of(recipe), test::feature_names(60));
    std::vector<std::string> notes;
    ASSERT_TRUE(resumed->restore(broken->save(), notes));
    broken = std::move(resumed);
  }
  LearnerStatus one;
  LearnerStatus other;
  whole.report(one);
  broken->report(other);
  EXPECT_EQ(one.health.cause, other.health.cause);
  EXPECT_EQ(one.baseline_loss, other.baseline_loss);
  EXPECT_EQ(one.calibration_error, other.calibration_error);
  EXPECT_EQ(whole.state_hash(), broken->state_hash());
}

TEST(Health, TellsOfEveryLayer) {
  auto learner = learner_of(plain(Task::regression, 0.05), 5);
  for (const auto& one : numbers(1000)) (void)learn(learner, one);
  LearnerStatus status;
  learner.report(status);
  ASSERT_EQ(status.layers.size(), 1U);
  const auto& layer = status.layers[0];
  EXPECT_EQ(layer.name, "output");
  EXPECT_NEAR(layer.weight_norm, std::sqrt(1 + 0.49 + 0.25 + 0.04), 0.2);
  EXPECT_EQ(layer.lr, 0.05);
  ASSERT_TRUE(layer.gradient_norm && layer.update_to_weight);
  EXPECT_NEAR(*layer.update_to_weight, 0.05 * *layer.gradient_norm / layer.weight_norm, 0.02 * *layer.update_to_weight);
}

TEST(Signs, TellOfASpikeWhileItLasts) {
  const auto recipe = plain(Task::regression, 0.02);
  EXPECT_TRUE(judged(recipe, numbers(3000)).status.health.signs.empty());
  EXPECT_THAT(judged(recipe, numbers(3030, 3000)).status.health.signs, testing::ElementsAre(HasSubstr("spike: the loss of the last 50")));
  EXPECT_TRUE(judged(recipe, numbers(6000, 3000)).status.health.signs.empty());
}

TEST(Signs, TellOfALayerThatTheGradientDoesNotReach) {
  const auto layer = [](const char* name, double lr, double gradient) { return LayerStatus{name, lr, 1, gradient, 0.001}; };
  EXPECT_THAT(signs({}, {layer("hidden.0", 0.1, 1e-8), layer("hidden.1", 0.1, 1e-3), layer("output", 0.1, 1)}),
              testing::ElementsAre(HasSubstr("vanishing: the gradient of hidden.0 is 1e-08")));
  EXPECT_TRUE(signs({}, {layer("hidden.0", 0, 0), layer("output", 0.1, 1)}).empty()) << "frozen";
  EXPECT_TRUE(signs({}, {layer("output", 0.1, 0)}).empty()) << "nothing to compare with";
}

TEST(LossTrend, GivesIndependentValuesADispersionOfOne) {
  Random random(4);
  LossTrend trend;
  for (int i = 0; i < 20'000; ++i) trend.observe(std::exp(random.normal()));
  EXPECT_NEAR(trend.dispersion(), 1, 0.6);
  EXPECT_NEAR(trend.sign_changes(), 2.0 / 3, 0.2);
}

TEST(LossTrend, CountsFromTheLastImprovement) {
  LossTrend trend;
  for (int i = 0; i < 1000; ++i) trend.observe(1000 - i);
  EXPECT_LT(trend.since_best(), 20U);
  for (int i = 0; i < 60'000; ++i) trend.observe(1);
  const auto before = trend.since_best();
  for (int i = 0; i < 1000; ++i) trend.observe(1);
  EXPECT_EQ(trend.since_best(), before + 1000);
}

TEST(Calibration, IsNearZeroForHonestProbabilitiesAndFarForSureOnes) {
  Random random(5);
  Calibration honest;
  Calibration sure;
  for (int i = 0; i < 30'000; ++i) {
    const double p = 0.5 + 0.5 * random.uniform();
    const double target = random.uniform() < p ? 1 : 0;
    honest.observe({1, {1 - p, p}}, target);
    sure.observe({1, {0.001, 0.999}}, target);
  }
  EXPECT_LT(honest.error().value(), 0.02);
  EXPECT_NEAR(sure.error().value(), 0.25, 0.02);
  EXPECT_FALSE(Calibration().error());
}

double error_of(const std::vector<std::pair<Prediction, double>>& seen) {
  Calibration calibration;
  for (const auto& [prediction, target] : seen) calibration.observe(prediction, target);
  return calibration.error().value_or(-1);
}

TEST(Calibration, TakesProbabilitiesFromNoneToOneAndNothingElse) {
  EXPECT_EQ(error_of({{{0, {0, 1}}, 0}}), 1) << "right in spite of a probability of none";
  EXPECT_EQ(error_of({{{1, {0, 1}}, 0}}), 1) << "wrong in spite of a probability of one";
  EXPECT_EQ(error_of({{{1, {0, 1}}, 1}}), 0);
  for (const double p : {-0.1, 1.1, 1.9, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(error_of({{{1, {0, p}}, 1}}), -1) << p;
  }
  EXPECT_EQ(error_of({{{3.5, {}}, 1}}), -1) << "a regression";
}

// A class without a probability was not thought possible. What is behind the end of the probabilities does not matter.
TEST(Calibration, TakesNoProbabilityForNone) {
  Prediction prediction{2, {0.5, 0.5, 0.7}};
  prediction.probabilities.pop_back();
  EXPECT_EQ(error_of({{prediction, 2}}), 1);
  EXPECT_EQ(error_of({{prediction, 1}}), 0);
}

TEST(Calibration, ComparesWithinTenthsOfTheProbability) {
  const auto one = [](double p, bool right) { return std::pair(Prediction{1, {1 - p, p}}, right ? 1.0 : 0.0); };
  EXPECT_DOUBLE_EQ(error_of({one(0.85, false), one(0.95, true)}), (0.85 + 0.05) / 2);
  EXPECT_DOUBLE_EQ(error_of({one(0.95, false), one(1, true)}), 0.95 / 2) << "one is in the last tenth";
  EXPECT_DOUBLE_EQ(error_of({one(0, true), one(0.05, false)}), 0.95 / 2);
  EXPECT_DOUBLE_EQ(error_of({one(0.45, false), one(0.55, true)}), (0.45 + 0.45) / 2);
}

TEST(Calibration, HalvesWhatItHasSeenAtEvery20000) {
  struct Tenth {
    double right = 0;
    double confidence = 0;
  };
  Random random(6);
  Calibration calibration;
  std::array<Tenth, 10> tenths{};
  double count = 0;
  for (int i = 1; i <= 45'000; ++i) {
    const double p = random.uniform();
    const bool right = random.uniform() < p * p;
    calibration.observe({1, {1 - p, p}}, right ? 1 : 0);
    auto& tenth = tenths[static_cast<std::size_t>(10 * p)];
    tenth.right += right ? 1 : 0;
    tenth.confidence += p;
    count += 1;
    if (count == 20'000) {
      count = 10'000;
      for (auto& one : tenths) one = {one.right / 2, one.confidence / 2};
    }
    if (i % 1000 != 0) continue;
    double wanted = 0;
    for (const auto& one : tenths) wanted += std::abs(one.right - one.confidence) / count;
    ASSERT_NEAR(*calibration.error(), wanted, 1e-9) << i;
  }
  // Of the counts, which are saved with each tenth, the sum is the whole.
  ByteWriter out;
  calibration.save(out);
  ByteReader in(out.bytes());
  EXPECT_EQ(in.get<double>(), count);
  double sum = 0;
  for (int i = 0; i < 10; ++i) {
    sum += in.get<double>();
    for (int other = 0; other < 2; ++other) (void)in.get<double>();
  }
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_NEAR(sum, count, 1e-9);
}

// It is what a constant rate does, divergence and all.
TEST(Shadow, CutsNoRateWhenItsWeightsExplode) {
  auto recipe = plain(Task::regression, 1000);
  recipe.precision = Precision::float64;
  Shadow shadow(test::spec_of(recipe), 1, 0);
  Features x;
  x.resize<double>(1)[0] = 1;
  StepClock now;
  for (int i = 0; i < 400; ++i) {
    (void)shadow.observe(x, i % 2, 1, false, 0, now);
    ++now.updates;
    EXPECT_THAT(shadow.rate(), ::testing::AnyOf(1000, 0)) << "it may be held at the third divergence";
  }
}

TEST(Shadow, LearnsAtTheBaseRateOfTheSchedule) {
  const auto rate = [](const std::string& schedule, test::Entries parameters) {
    return constant_rate(test::spec_of(plain(Task::binary, 0.07, schedule, std::move(parameters))).member.schedule);
  };
  EXPECT_EQ(rate("exponential", {{"gamma", 0.9}}), 0.07);
  EXPECT_EQ(rate("cyclic", {{"base_lr", 0.01}, {"max_lr", 0.03}}), 0.02);
  EXPECT_EQ(rate("one_cycle", {{"max_lr", 0.1}, {"total_steps", 10.0}}), 0.05);
  const auto boundaries = Array{Value(1.0), Value(2.0)};
  EXPECT_EQ(rate("piecewise", {{"boundaries", boundaries}, {"values", Array{Value(0.25), Value(1.0), Value(0.5)}}}), 0.625);
}

}  // namespace
}  // namespace rekindle
