#include <gmock/gmock.h>

#include "support/choices.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::samples_of;
using test::section_of;

Recipe graded() {
  Recipe recipe;
  recipe.policy = "graded";
  // After a long annealing the rate is small, which is what a response is for.
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 1000.0}};
  return recipe;
}

void answer_all_with(Recipe& recipe, const Response& response) {
  for (auto& row : recipe.responses.by_severity) row = response;
}

LogisticStreamOptions one_flip() { return {.seed = 7, .features = 5, .noise = 0.02, .drifts = {10'000}, .changed = {1}, .flip = true}; }

// A burst of noise in an otherwise stationary stream: an alarm for nothing.
std::vector<Sample> burst(std::size_t count) {
  auto out = samples_of({.seed = 5, .features = 5, .noise = 0.05}, count);
  Random random(3);
  for (std::size_t i = 10'000; i < 10'150; ++i) out[i].label.number = random.uniform() < 0.5 ? 1 : 0;
  return out;
}

TEST(Trial, SwapsInAChallengerThatIsBetter) {
  auto recipe = graded();
  answer_all_with(recipe, {.trial = {Challenger::restart, Challenger::fresh}, .cycle = {}});
  auto learner = learner_of(recipe);
  const auto events = test::learn_all(learner, samples_of(one_flip(), 20'000));
  ASSERT_EQ(learner.incidents().total(), 1U) << events;
  const auto& incident = learner.incidents().newest()[0];
  EXPECT_THAT(incident.response, ::testing::AnyOf("restart", "replace"));
  EXPECT_EQ(incident.tried, "restart, fresh");
  ASSERT_TRUE(incident.loss_without_response);
  EXPECT_LT(*incident.loss_served, *incident.loss_without_response);
  recipe.policy = "alarm";
  auto idle = learner_of(recipe);
  (void)test::learn_all(idle, samples_of(one_flip(), 20'000));
  EXPECT_GT(test::metric(learner, "accuracy"), test::metric(idle, "accuracy") + 0.02);
}

// The champion's weights, new accumulators, the schedule from its start: from the drift on the same as if it had been done to the champion.
TEST(Trial, AChallengerThatRestartsIsWhatARestartMakesOfTheChampion) {
  auto recipe = graded();
  recipe.optimizer = "adam";
  recipe.lr = 0.01;
  answer_all_with(recipe, {.warmup = 0, .trial = {Challenger::restart}, .cycle = {}});
  auto trying = learner_of(recipe);
  answer_all_with(recipe, {.forget = 1, .restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  auto responding = learner_of(recipe);
  const auto samples = samples_of(one_flip(), 20'000);
  (void)test::learn_all(trying, samples);
  (void)test::learn_all(responding, samples);
  for (const auto* learner : {&trying, &responding}) {
    ASSERT_EQ(learner->incidents().total(), 1U);
    ASSERT_EQ(learner->incidents().newest()[0].response, "restart");
    ASSERT_FALSE(learner->incidents().newest()[0].rolled_back);
  }
  for (const auto* name : {"model", "optimizer"}) EXPECT_EQ(section_of(trying, name), section_of(responding, name)) << name;
}

// The challengers of a stream that did not change lose, and nothing tells that they were there.
TEST(Trial, ThatLosesLeavesTheStateAsIfItHadNeverBegun) {
  auto recipe = graded();
  recipe.cooldown = 5000;
  recipe.optimizer = "sgd";  // At a small constant rate: a restart changes nothing, and who starts anew is behind for long.
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 0.01;
  recipe.trial.samples = 400;
  recipe.detector_parameters = {{"delta", 0.5}};  // Sees drifts where there are none.
  answer_all_with(recipe, {.warmup = 0, .trial = {Challenger::restart, Challenger::fresh}, .cycle = {}});
  auto trying = learner_of(recipe);
  answer_all_with(recipe, {});
  auto holding = learner_of(recipe);
  const auto samples = samples_of({.seed = 5, .features = 5, .noise = 0.05, .drifts = {}, .changed = {}, .flip = false}, 20'000);
  const auto what = test::learn_all(trying, samples);
  (void)test::learn_all(holding, samples);
  ASSERT_GT(trying.incidents().total(), 0U);
  ASSERT_EQ(trying.incidents().newest()[0].response, "hold") << "the test's stream should make every challenger lose\n" << what;
  EXPECT_EQ(trying.incidents().newest()[0].tried, "restart, fresh");
  for (const auto* name : {"counters", "model", "optimizer", "schedule", "detectors", "drift", "random", "scores"})
    EXPECT_EQ(section_of(trying, name), section_of(holding, name)) << name;
}

TEST(Trial, AResponseThatDoesHarmIsUndoneAsIfItHadNeverBeenMade) {
  auto recipe = graded();
  recipe.lr = 5;  // Absurd, once the weights are good.
  recipe.optimizer = "adam";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 500.0}};
  answer_all_with(recipe, {.forget = 1, .restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  auto responding = learner_of(recipe);
  answer_all_with(recipe, {});
  auto holding = learner_of(recipe);
  const auto samples = burst(20'000);
  (void)test::learn_all(responding, samples);
  (void)test::learn_all(holding, samples);
  ASSERT_EQ(responding.incidents().total(), 1U);
  const auto& incident = responding.incidents().newest()[0];
  EXPECT_EQ(incident.response, "restart");
  EXPECT_TRUE(incident.rolled_back);
  EXPECT_EQ(responding.counters().rollbacks, 1U);
  for (const auto* name : {"model", "optimizer", "schedule"}) EXPECT_EQ(section_of(responding, name), section_of(holding, name)) << name;
}

TEST(Trial, BringsBackAnArchivedChampionWhereItsConceptComesAgain) {
  auto recipe = graded();
  answer_all_with(recipe, {.trial = {Challenger::restart, Challenger::memory}, .cycle = {}});
  auto learner = learner_of(recipe, 20);
  LogisticStreamOptions options{.seed = 7, .features = 20, .noise = 0.02, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 8000; at < 40'000; at += 8000) {
    options.drifts.push_back(at);
    options.changed.push_back(1);
  }
  (void)test::learn_all(learner, samples_of(options, 40'000));
  EXPECT_GT(learner.counters().replacements, 0U);
}

TEST(Trial, SwapsABoundedNumberOfTimesHoweverTheStreamAlternates) {
  auto recipe = graded();
  recipe.cooldown = 0;
  recipe.max_per_million = 10;
  LogisticStreamOptions options{.seed = 7, .features = 5, .noise = 0, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 500; at < 40'000; at += 500) {
    options.drifts.push_back(at);
    options.changed.push_back(1);
  }
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, samples_of(options, 40'000));
  EXPECT_GT(learner.incidents().total(), 20U);
  EXPECT_LE(learner.counters().restarts_total(), 10U);
}

TEST(Trial, AFalseAlarmCostsLessThanSixPerMille) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    auto samples = samples_of({.seed = seed, .features = 20, .noise = 0.1}, 30'000);
    Random random(seed);
    for (std::size_t i = 10'000; i < 10'150; ++i) samples[i].label.number = random.uniform() < 0.5 ? 1 : 0;
    auto recipe = graded();
    auto responding = learner_of(recipe, 20);
    recipe.policy = "none";
    auto idle = learner_of(recipe, 20);
    (void)test::learn_all(responding, samples);
    (void)test::learn_all(idle, samples);
    EXPECT_GT(test::metric(responding, "accuracy"), test::metric(idle, "accuracy") - 0.006) << seed;
  }
}

}  // namespace
}  // namespace rekindle
