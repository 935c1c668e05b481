#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::learner_of;
using test::Recipe;
using test::samples_of;

constexpr std::size_t drift_at = 10'000;

LogisticStreamOptions one_flip() { return {.seed = 7, .features = 5, .noise = 0.02, .drifts = {drift_at}, .changed = {1}, .flip = true}; }

TEST(DriftResponse, OpensExactlyOneIncidentRestartsResetsAndRecovers) {
  auto learner = learner_of({});
  std::string events;
  double rate_before = 0;
  double rate_at = 0;
  std::uint64_t opened = 0;
  for (const auto& one : samples_of(one_flip(), 20'000)) {
    const double rate = learner.lr();
    const auto outcome = learn(learner, one);
    events += test::events_of(learner);
    if (opened == 0 && learner.incidents().total() == 1) {
      opened = learner.counters().samples - 1;
      rate_before = rate;
      rate_at = outcome.lr;
    }
  }
  const auto& incidents = learner.incidents().newest();
  ASSERT_EQ(incidents.size(), 1U);
  const auto& incident = incidents[0];
  EXPECT_GE(incident.sample, drift_at);
  EXPECT_LT(incident.sample, drift_at + 100);
  EXPECT_NE(incident.severity, "mild");
  EXPECT_EQ(incident.response, "restart");
  EXPECT_EQ(incident.detector, "adwin");
  EXPECT_LT(incident.mean_before, 0.1);
  EXPECT_GT(incident.mean_after, incident.mean_before);
  EXPECT_GE(*incident.loss_peak, *incident.loss_before);
  ASSERT_TRUE(incident.recovered_after);
  EXPECT_LT(*incident.recovered_after, 3000U);
  EXPECT_EQ(learner.counters().restarts_total(), 1U);
  EXPECT_EQ(learner.counters().resets_total(), 1U);
  // The update of the sample that fired is the first of the new schedule: a hundredth of its first rate.
  EXPECT_EQ(incident.lr_before, rate_before);
  EXPECT_NEAR(rate_at, 0.05 * 0.01, 1e-15);
  EXPECT_EQ(incident.lr_after, rate_at);
  EXPECT_EQ(events, fmt::format("{0} restart drift\n{0} reset drift\n{0} drift {2} restart\n{1} recovered from {0}\n", incident.sample,
                                incident.sample + *incident.recovered_after, incident.severity));
}

TEST(DriftResponse, WarmsUpOverAHundredSamples) {
  for (const std::uint64_t batch_size : {1U, 10U}) {
    Recipe recipe;
    recipe.batch_size = batch_size;
    auto learner = learner_of(recipe);
    std::vector<double> rates;
    for (const auto& one : samples_of(one_flip(), 12'000)) {
      const auto outcome = learn(learner, one);
      if (learner.incidents().total() == 1) rates.push_back(outcome.lr);
    }
    ASSERT_GT(rates.size(), 200U);
    EXPECT_NEAR(rates[0], 0.0005, 1e-12) << batch_size;
    EXPECT_NEAR(rates[50], 0.05 * (0.01 + 0.99 * 0.5), 0.05 * 0.1) << batch_size;
    EXPECT_NEAR(rates[120], 0.05, 0.001) << batch_size;
  }
}

TEST(DriftResponse, FollowsThePolicy) {
  struct Row {
    const char* policy;
    std::uint64_t incidents;
    std::uint64_t restarts;
    std::uint64_t resets;
  };
  for (const auto& [policy, incidents, restarts, resets] : {Row{"none", 0, 0, 0}, {"alarm", 1, 0, 0}, {"restart", 1, 1, 1}}) {
    Recipe recipe;
    recipe.policy = policy;
    auto learner = learner_of(recipe);
    (void)test::learn_all(learner, samples_of(one_flip(), 12'000));
    EXPECT_EQ(learner.incidents().total(), incidents) << policy;
    EXPECT_EQ(learner.counters().restarts_total(), restarts) << policy;
    EXPECT_EQ(learner.counters().resets_total(), resets) << policy;
    for (const auto& incident : learner.incidents().newest()) EXPECT_EQ(incident.response, restarts == 1 ? "restart" : "hold") << policy;
  }
}

// Weights turned every thousand samples: a drift each time.
std::vector<Sample> alternating(std::size_t count) {
  LogisticStreamOptions options{.seed = 7, .features = 5, .noise = 0, .drifts = {}, .changed = {}, .flip = true};
  for (std::size_t at = 1000; at < count; at += 1000) {
    options.drifts.push_back(at);
    options.changed.push_back(1);
  }
  return samples_of(options, count);
}

TEST(DriftResponse, WaitsForTheCooldown) {
  Recipe recipe;
  recipe.cooldown = 3500;
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, alternating(30'000));
  const auto& incidents = learner.incidents().newest();
  ASSERT_GE(incidents.size(), 3U);
  for (std::size_t i = 1; i < incidents.size(); ++i) EXPECT_GE(incidents[i].sample, incidents[i - 1].sample + 3500);
}

TEST(DriftResponse, OnlyHoldsWhenTheStreamFlaps) {
  Recipe recipe;
  recipe.cooldown = 0;
  recipe.max_per_million = 5;
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, alternating(40'000));
  EXPECT_EQ(learner.counters().restarts_total(), 5U);
  EXPECT_GT(learner.incidents().total(), 20U);
  for (std::size_t i = 5; i < learner.incidents().newest().size(); ++i) EXPECT_EQ(learner.incidents().newest()[i].response, "hold");
}

TEST(DriftResponse, RecoversSoonerThanNoResponse) {
  // After a long annealing the rate is small, which is what a restart is for.
  Recipe recipe;
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 1000.0}};
  const auto samples = samples_of(one_flip(), 15'000);
  auto restarting = learner_of(recipe);
  (void)test::learn_all(restarting, samples);
  recipe.policy = "none";
  auto idle = learner_of(recipe);
  (void)test::learn_all(idle, samples);
  EXPECT_GT(test::metric(restarting, "accuracy"), test::metric(idle, "accuracy") + 0.02);
}

TEST(DriftResponse, GradesADriftBySize) {
  auto options = one_flip();
  options.flip = false;
  options.features = 20;
  options.changed = {0.1};
  auto learner = learner_of({}, 20);
  (void)test::learn_all(learner, samples_of(options, 20'000));
  for (const auto& incident : learner.incidents().newest()) EXPECT_NE(incident.severity, "extreme");
}

TEST(DriftResponse, WatchesTheLossOfARegression) {
  Recipe recipe;
  recipe.task = Task::regression;
  auto learner = learner_of(recipe, 2);
  Random random(1);
  for (std::size_t i = 0; i < 15'000; ++i) {
    const double x = random.normal();
    const double sign = i < drift_at ? 1 : -1;
    (void)learn(learner, test::sample({x, random.normal()}, sign * 2 * x + 0.1 * random.normal()));
  }
  std::size_t after = 0;
  for (const auto& incident : learner.incidents().newest())
    after += incident.sample >= drift_at && incident.sample < drift_at + 200 ? 1 : 0;
  EXPECT_EQ(after, 1U);
}

}  // namespace
}  // namespace rekindle
