// Whatever numbers come: no weight is ever without a value, none is saved so, and good samples bring the learner back.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "data/hashing.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::sample;

constexpr double largest = std::numeric_limits<double>::max();
constexpr double least = std::numeric_limits<double>::denorm_min();
constexpr double infinite = std::numeric_limits<double>::infinity();
const std::vector<double> odd_numbers = {0.0,  -0.0,  1.0,   -1.0,   1e-300, least,  -least,  1e10,     -1e10, 3.4e38,
                                         4e38, 1e150, 1e154, -1e200, 1e300,  -1e300, largest, -largest, 1e-45, 65'520};

struct Case {
  std::string name;
  Recipe recipe;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const auto task : {Task::binary, Task::multiclass, Task::regression}) {
    for (const auto kind : {ModelKind::linear, ModelKind::mlp}) {
      for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
        for (const auto scale : {ScaleKind::fading, ScaleKind::none}) {
          for (const auto precision : {Precision::float32, Precision::float64}) {
            Recipe recipe;
            recipe.task = task;
            if (task == Task::multiclass) recipe.classes = {"a", "b", "c"};
            recipe.model.kind = kind;
            recipe.model.hidden = {8};
            recipe.mode = mode;
            recipe.policy = "graded";
            recipe.scale = scale;
            recipe.precision = precision;
            out.push_back({fmt::format("{} {} {} scale={} {}", to_string(task), kind == ModelKind::mlp ? "mlp" : "linear",
                                       mode == LearnerMode::portfolio ? "portfolio" : "single", to_string(scale),
                                       precision == Precision::float32 ? "float32" : "float64"),
                           recipe});
          }
        }
      }
    }
  }
  return out;
}

Label label_for(Task task, double sign, double number) {
  static const std::vector<std::string> names = {"a", "b", "c"};
  if (task == Task::regression) return {Label::Kind::number, number, {}};
  if (task == Task::binary) return {Label::Kind::number, sign > 0 ? 1.0 : 0.0, {}};
  return {Label::Kind::text, 0, names[sign > 1 ? 2 : (sign > 0 ? 1 : 0)]};
}

// A concept that any of them can learn.
Sample good_sample(Task task, Random& random) {
  std::vector<double> x(4);
  for (auto& value : x) value = random.normal();
  const double y = x[0] - 2 * x[1] + 0.5 * x[2];
  auto out = sample(x);
  out.label = label_for(task, y, y);
  return out;
}

Sample odd_sample(Task task, Random& random, bool features_too = true) {
  const auto odd = [&] { return odd_numbers[random.below(odd_numbers.size())]; };
  auto out = good_sample(task, random);
  for (auto& value : out.values) {
    if (features_too && random.uniform() < 0.5) value = odd();
  }
  if (random.uniform() < 0.5) out.label = label_for(task, random.normal(), odd());
  if (random.uniform() < 0.3) out.weight = std::abs(odd());
  return out;
}

bool all_finite(const Learner& learner) {
  for (const double weight : test::weights_of(learner)) {
    if (!std::isfinite(weight)) return false;
  }
  return std::isfinite(learner.lr());
}

// What is saved is taken back, and is the same.
void expect_saved_whole(const Learner& learner, const Recipe& recipe) {
  auto again = learner_of(recipe, 4);
  std::vector<std::string> notes;
  const auto sections = learner.save();
  const auto restored = again.restore(sections, notes);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(all_finite(again));
  EXPECT_EQ(again.state_hash(), learner.state_hash());
}

double loss_on_good(Learner& learner, Task task, std::size_t count, Random& random) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += test::learn(learner, good_sample(task, random)).loss;
  return sum / static_cast<double>(count);
}

TEST(Safety, OddNumbersNeverLeaveAWeightWithoutAValue) {
  for (const auto& [name, recipe] : cases()) {
    SCOPED_TRACE(name);
    Random random(3);
    auto learner = learner_of(recipe, 4);
    for (int i = 0; i < 3000; ++i) {
      (void)test::learn(learner, random.uniform() < 0.3 ? odd_sample(recipe.task, random) : good_sample(recipe.task, random));
      ASSERT_TRUE(all_finite(learner)) << "sample " << i;
      if (i % 997 != 0) continue;
      ASSERT_NO_FATAL_FAILURE(expect_saved_whole(learner, recipe)) << "sample " << i;
    }
    ASSERT_NO_FATAL_FAILURE(expect_saved_whole(learner, recipe));
  }
}

TEST(Safety, AnAbsurdFeatureIsOvercome) {
  for (const auto& [name, recipe] : cases()) {
    if (recipe.scale == ScaleKind::none) continue;  // The user has chosen to bound it elsewhere.
    for (const double absurd : {1e25, 3.4e38, -1e200, 1e300, largest}) {
      SCOPED_TRACE(fmt::format("{} {}", name, absurd));
      Random random(6);
      auto learner = learner_of(recipe, 4);
      (void)loss_on_good(learner, recipe.task, 3000, random);
      const auto usual = loss_on_good(learner, recipe.task, 1000, random);
      auto one = good_sample(recipe.task, random);
      one.values[1] = absurd;
      (void)test::learn(learner, one);
      (void)loss_on_good(learner, recipe.task, 10'000, random);
      EXPECT_LT(loss_on_good(learner, recipe.task, 1000, random), 3 * usual + 0.05);
    }
  }
}

// From labels and weights.
TEST(Safety, GoodSamplesBringEachBack) {
  for (const auto& [name, recipe] : cases()) {
    SCOPED_TRACE(name);
    Random random(4);
    auto untouched = learner_of(recipe, 4);
    (void)loss_on_good(untouched, recipe.task, 22'000, random);
    auto learner = learner_of(recipe, 4);
    (void)loss_on_good(learner, recipe.task, 2000, random);
    for (int i = 0; i < 20; ++i) (void)test::learn(learner, odd_sample(recipe.task, random, /*features_too=*/false));
    (void)loss_on_good(learner, recipe.task, 20'000, random);
    EXPECT_LT(loss_on_good(learner, recipe.task, 2000, random), 3 * loss_on_good(untouched, recipe.task, 2000, random) + 0.05);
  }
}

// The label that poisons a learner without a guard.
TEST(Safety, OneExtremeLabelIsOvercome) {
  for (const double extreme : {1e6, 1e12, 1e18, 1e30, 1e100, 1e300, largest}) {
    for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
      for (const auto kind : {ModelKind::linear, ModelKind::mlp}) {
        SCOPED_TRACE(fmt::format("{} {} {}", extreme, mode == LearnerMode::single ? "single" : "portfolio",
                                 kind == ModelKind::mlp ? "mlp" : "linear"));
        Recipe recipe;
        recipe.task = Task::regression;
        recipe.mode = mode;
        recipe.model.kind = kind;
        recipe.model.hidden = {8};
        Random random(5);
        auto learner = learner_of(recipe, 4);
        (void)loss_on_good(learner, recipe.task, 3000, random);
        auto one = good_sample(recipe.task, random);
        one.label.number = extreme;
        (void)test::learn(learner, one);
        ASSERT_TRUE(all_finite(learner));
        (void)loss_on_good(learner, recipe.task, 10'000, random);
        EXPECT_LT(loss_on_good(learner, recipe.task, 1000, random), 1) << "that of knowing nothing is 2.6";
      }
    }
  }
}

TEST(Safety, LearningRatesOfAnySizeAreCaughtAndSaid) {
  for (const auto task : {Task::binary, Task::multiclass, Task::regression}) {
    for (const auto kind : {ModelKind::linear, ModelKind::mlp}) {
      for (const auto* optimizer : {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "ftrl", "lion"}) {
        for (const double lr : {1e2, 1e6, 1e30, 1e300, least}) {
          SCOPED_TRACE(fmt::format("{} {} {} lr={}", to_string(task), kind == ModelKind::mlp ? "mlp" : "linear", optimizer, lr));
          Recipe recipe;
          recipe.task = task;
          if (task == Task::multiclass) recipe.classes = {"a", "b", "c"};
          recipe.model.kind = kind;
          recipe.model.hidden = {8};
          recipe.optimizer = optimizer;
          recipe.schedule = "constant";
          recipe.schedule_parameters = {};
          recipe.lr = lr;
          recipe.lr_max = largest;
          recipe.policy = "graded";
          Random random(6);
          auto learner = learner_of(recipe, 4);
          std::string events;
          for (int i = 0; i < 600; ++i) {
            (void)test::learn(learner, good_sample(task, random));
            events += test::events_of(learner);
            ASSERT_TRUE(all_finite(learner)) << "sample " << i;
          }
          ASSERT_NO_FATAL_FAILURE(expect_saved_whole(learner, recipe));
          const auto says = [&](const std::string& what) { return events.find(what) != std::string::npos; };
          EXPECT_EQ(learner.counters().nonfinite_updates > 0, says("skipped"));
          EXPECT_EQ(learner.counters().guard_rollbacks > 0, says("diverged rollback"));
        }
      }
    }
  }
}

TEST(Safety, WeightsThatAreNoWeightsAreRefusedWithoutATrace) {
  for (const double weight : {std::nan(""), infinite, -infinite, -1.0, -least}) {
    auto learner = learner_of({}, 4);
    Random random(7);
    (void)loss_on_good(learner, Task::binary, 100, random);
    const auto before = test::weights_of(learner);
    auto one = good_sample(Task::binary, random);
    one.weight = weight;
    Rejection why;
    EXPECT_FALSE(learner.observe(one, why).accepted);
    EXPECT_EQ(why.reason, RejectReason::bad_weight);
    EXPECT_EQ(test::weights_of(learner), before);
  }
}

// A concept that turns every 700 samples, for ever.
TEST(Safety, FlappingDriftRestartsABoundedNumberOfTimes) {
  for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
    for (const auto* policy : {"restart", "graded"}) {
      Recipe recipe;
      recipe.mode = mode;
      recipe.policy = policy;
      recipe.cooldown = 100;
      recipe.max_per_million = 20;
      auto learner = learner_of(recipe, 4);
      Random random(8);
      for (int i = 0; i < 60'000; ++i) {
        auto one = good_sample(Task::binary, random);
        if (i / 700 % 2 == 1) one.label.number = 1 - one.label.number;
        (void)test::learn(learner, one);
      }
      const auto& counters = learner.counters();
      EXPECT_LE(counters.restarts_total(), 20U) << policy;
      EXPECT_LE(counters.replacements, 40U) << policy << ": a trial may crown more than once";
      EXPECT_GT(learner.incidents().total(), 0U);
      EXPECT_LT(learner.incidents().newest().size(), 5000U) << "what is kept of them is bounded";
    }
  }
}

TEST(Safety, AFloodOfClassesEndsAtTheLimit) {
  Recipe recipe;
  recipe.task = Task::multiclass;
  auto learner = learner_of(recipe, 4);
  Random random(9);
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto name = fmt::format("class {}", i);
    auto one = good_sample(Task::multiclass, random);
    one.label = {Label::Kind::text, 0, name};
    Rejection why;
    if (learner.observe(one, why).accepted) continue;
    ++refused;
    ASSERT_EQ(why.reason, RejectReason::too_many_classes);
  }
  EXPECT_GT(refused, 15'000U);
  EXPECT_LE(learner.classes().size(), 4096U);
  EXPECT_TRUE(all_finite(learner));
}

TEST(Safety, AFloodOfCategoriesEndsAtTheMemoryThatThereIs) {
  Recipe recipe;
  recipe.encoding = Encoding::onehot;
  auto spec = test::spec_of(recipe);
  spec.memory_limit = 200'000;
  Learner learner(spec, test::feature_names(4));
  Random random(10);
  for (int i = 0; i < 30'000; ++i) {
    const auto kind = fmt::format("kind {}", i);
    const auto colour = fmt::format("colour {}", i);
    auto one = good_sample(Task::binary, random);
    one.categories = {kind, colour};
    (void)test::learn(learner, one);
  }
  EXPECT_LE(learner.categories().names().size(), 20'000U);
  EXPECT_TRUE(all_finite(learner));
}

}  // namespace
}  // namespace rekindle
