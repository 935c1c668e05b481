// What a response to drift does, on streams where the error is the test's own: the margin comes with the sample, and the rate is so small
// that nothing is learned until something raises it.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "learner/memory_need.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::Recipe;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t drift_at = 3000;

// Nothing is done but what the test asks for.
Recipe idle() {
  Recipe recipe;
  recipe.scale = ScaleKind::none;
  recipe.precision = Precision::float64;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 1e-9;
  recipe.policy = "graded";
  recipe.cooldown = 1'000'000;
  recipe.responses.by_severity = {Response{.trial = {}, .cycle = {}}, Response{.trial = {}, .cycle = {}},
                                  Response{.trial = {}, .cycle = {}}};
  recipe.responses.by_kind = {};
  return recipe;
}

Recipe answering(const Response& response) {
  auto recipe = idle();
  for (auto& row : recipe.responses.by_severity) row = response;
  return recipe;
}

// Class 0 is what the margin says; the label is wrong with this probability.
Sample one_of(Random& random, double wrong, double margin = -3) {
  auto out = test::sample({random.normal()}, random.uniform() < wrong ? 1.0 : 0.0);
  out.offset = margin;
  return out;
}

// Learns until the first incident, which a sudden rise of the error opens; the events of its sample.
std::string learn_until_drift(Learner& learner, Random& random, double wrong = 0.95) {
  for (std::size_t i = 0; i < drift_at + 500; ++i) {
    (void)learn(learner, one_of(random, i < drift_at ? 0.05 : wrong));
    if (learner.incidents().total() != 0) return test::events_of(learner);
  }
  ADD_FAILURE() << "no incident";
  return "";
}

LearnerStatus status_of(const Learner& learner) {
  LearnerStatus out;
  learner.report(out);
  return out;
}

Learner learner_with(const Recipe& recipe) { return test::learner_of(recipe, 1); }

TEST(Respond, HoldsWhereNothingIsAskedFor) {
  Random random(1);
  auto learner = learner_with(idle());
  const auto events = learn_until_drift(learner, random);
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(events, fmt::format("{0} drift {1} hold\n", incident.sample, incident.severity));
  EXPECT_THAT(status_of(learner).responses, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(learner.lr(), 1e-9);
  EXPECT_FALSE(learner.rollback()) << "there is nothing to go back from";
}

TEST(Respond, BumpsTheRateAndForgetsAShareAtOnce) {
  for (const double factor : {2.0, 3.0}) {
    Random random(2);
    auto learner = learner_with(answering({.bump = factor, .decay_stretch = 1, .forget = 0.5, .trial = {}, .cycle = {}}));
    const auto events = learn_until_drift(learner, random);
    const auto& incident = learner.incidents().newest().at(0);
    EXPECT_EQ(events, fmt::format("{0} bump\n{0} reset drift\n{0} drift {1} bump\n", incident.sample, incident.severity));
    EXPECT_EQ(std::get<OptimizerReset>(learner.events()[1]).fraction, 0.5);
    EXPECT_EQ(incident.lr_before, 1e-9);
    EXPECT_DOUBLE_EQ(incident.lr_after, factor * 1e-9);
    EXPECT_EQ(learner.lr(), incident.lr_after);
    EXPECT_THAT(status_of(learner).responses, ElementsAre(0, 1, 0, 0));
  }
}

TEST(Respond, RestartsWithoutForgettingWhereOnlyThatIsAskedFor) {
  Random random(3);
  auto learner = learner_with(answering({.restart = true, .warmup = 0, .trial = {}, .cycle = {}}));
  const auto events = learn_until_drift(learner, random);
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(events, fmt::format("{0} restart drift\n{0} drift {1} restart\n", incident.sample, incident.severity));
  EXPECT_EQ(learner.counters().resets_total(), 0U);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(0, 0, 1, 0));
}

TEST(Respond, RenewsAPortfolioWhateverTheRowSays) {
  auto recipe = answering({.bump = 2, .trial = {}, .cycle = {}});
  recipe.mode = LearnerMode::portfolio;
  Random random(4);
  auto learner = learner_with(recipe);
  // A portfolio has rates of its own, and learns: the labels turn over.
  std::string events;
  for (std::size_t i = 0; i < drift_at + 500 && learner.incidents().total() == 0; ++i) {
    (void)learn(learner, one_of(random, i < drift_at ? 0.02 : 0.98));
    events = test::events_of(learner);
  }
  ASSERT_EQ(learner.incidents().total(), 1U);
  const auto& incident = learner.incidents().newest()[0];
  EXPECT_EQ(events, fmt::format("{0} restart drift\n{0} reset drift\n{0} drift {1} restart\n", incident.sample, incident.severity));
  EXPECT_EQ(std::get<OptimizerReset>(learner.events()[1]).fraction, 1);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(0, 0, 1, 0));
  EXPECT_TRUE(learner.rollback());
}

// The error jumps a little, which raises the alarm, and then goes on rising for long: at the alarm nobody can know. As even as ones and
// zeros can be.
void learn_a_slow_rise(Learner& learner, const std::function<void()>& after_each) {
  double due = 0;
  for (std::size_t i = 0; i < drift_at + 3000; ++i) {
    due += i < drift_at ? 0.05 : 0.25 + 0.6 * std::min(1.0, static_cast<double>(i - drift_at) / 1500);
    auto one = test::sample({1.0}, due >= 1 ? 1.0 : 0.0);
    due -= one.label.number;
    one.offset = -3;
    (void)learn(learner, one);
    after_each();
  }
}

TEST(Respond, CyclesTheRateOnceADriftTurnsOutToBeGradual) {
  auto recipe = idle();
  recipe.responses.by_kind[1] = Response{.trial = {}, .cycle = RateCycle{3, 400}};
  auto learner = learner_with(recipe);
  std::vector<double> rates;  // From the sample on at which it was known.
  learn_a_slow_rise(learner, [&] {
    if (learner.incidents().total() == 0) return;
    const auto& incident = learner.incidents().newest().back();
    if (!rates.empty() || incident.kind == "gradual") {
      rates.push_back(learner.lr());
      EXPECT_EQ(incident.response, "bump");
    } else {
      EXPECT_EQ(incident.response, "hold");
      EXPECT_EQ(learner.lr(), 1e-9);
    }
  });
  ASSERT_EQ(learner.incidents().total(), 1U);
  ASSERT_GT(rates.size(), 600U);
  // The sample at which the cycle began was learned at its first rate.
  EXPECT_NEAR(rates[99] / 1e-9, 2, 1e-9);
  EXPECT_NEAR(rates[199] / 1e-9, 3, 1e-9);
  EXPECT_NEAR(rates[399] / 1e-9, 1, 1e-9);
  EXPECT_NEAR(rates[599] / 1e-9, 3, 1e-9);
  EXPECT_NEAR(learner.incidents().newest()[0].lr_after, 1e-9, 1e-18);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(1, 1, 0, 0)) << "held first, then bumped once";
}

TEST(Respond, AddsNoCycleToWhatWasDoneAlready) {
  auto recipe = answering({.restart = true, .warmup = 0, .trial = {}, .cycle = {}});
  recipe.responses.by_kind[1] = Response{.trial = {}, .cycle = RateCycle{3, 400}};
  auto learner = learner_with(recipe);
  bool gradual = false;
  learn_a_slow_rise(learner, [&] {
    EXPECT_EQ(learner.lr(), 1e-9);
    gradual = gradual || (learner.incidents().total() != 0 && learner.incidents().newest()[0].kind == "gradual");
  });
  EXPECT_TRUE(gradual);
  EXPECT_EQ(learner.incidents().newest().at(0).response, "restart");
}

// One challenger stands beside the champion, and learns as little as it.
Recipe trying(std::uint64_t samples) {
  auto recipe = answering({.warmup = 0, .trial = {Challenger::restart}, .cycle = {}});
  recipe.trial.samples = samples;
  return recipe;
}

TEST(Respond, TellsWhatAProbationServedWithNoSampleAboveTenNats) {
  Random random(5);
  auto learner = learner_with(trying(200));
  double sum = 0;
  for (std::size_t i = 0; i < drift_at; ++i) (void)learn(learner, one_of(random, 0.05));
  std::size_t counted = 0;
  while (counted < 200) {
    // Now and then the margin is absurd.
    const auto outcome = learn(learner, one_of(random, 0.95, random.uniform() < 0.1 ? -40 : -3));
    if (learner.incidents().total() == 0) continue;
    sum += std::min(10.0, outcome.loss);
    ++counted;
  }
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(incident.tried, "restart");
  ASSERT_TRUE(incident.loss_served);
  EXPECT_NEAR(*incident.loss_served, sum / 200, 1e-9);
  EXPECT_NEAR(*incident.loss_without_response, sum / 200, 1e-9) << "nothing was swapped";
  EXPECT_FALSE(learner.rollback());
}

TEST(Respond, TellsWhatAProbationServedWithNoSampleAboveAHundredTimesTheUsualLoss) {
  auto recipe = trying(200);
  recipe.task = Task::regression;
  Random random(6);
  auto learner = learner_with(recipe);
  double sum = 0;
  double all = 0;
  std::size_t counted = 0;
  for (std::size_t i = 0; counted < 200; ++i) {
    ASSERT_LT(i, 1900U) << "the usual loss is a plain mean until it is of 2,000 samples";
    auto one = test::sample({random.normal()}, random.normal() * (i < 1000 ? 1 : 3));
    if (counted == 100) one.label.number = 1e6;
    all += learn(learner, one).loss;
    const double usual = all / static_cast<double>(i + 1);
    if (learner.incidents().total() == 0) continue;
    sum += std::min(100 * usual, one.label.number * one.label.number * 0.5);
    ++counted;
  }
  const auto& incident = learner.incidents().newest().at(0);
  ASSERT_TRUE(incident.loss_served);
  EXPECT_NEAR(*incident.loss_served / (sum / 200), 1, 1e-6);
}

// From a rate that learns in a moment down to one that does not: whoever begins anew is better after a drift.
Recipe annealed(const Response& response) {
  auto recipe = answering(response);
  recipe.optimizer = "adagrad";  // Whose accumulators are for ever, unless they are forgotten.
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"gamma", 0.98}};
  recipe.lr = 0.5;
  recipe.trial.samples = 600;
  return recipe;
}

struct Crowned {
  Learner learner;
  std::vector<double> weights_before;
  std::vector<Event> events;  // Of the first sample with any after the drift.
  std::string told;
  std::uint64_t sample = 0;
};

// The second feature is there at first only: what its weight has become tells a copy from a new model.
Crowned crowned_after_drift(const Recipe& recipe, double wrong = 0.95) {
  Crowned out{test::learner_of(recipe, 2), {}, {}, {}};
  auto& learner = out.learner;
  Random random(7);
  for (std::size_t i = 0, since = 0; since < 700; ++i) {
    auto one = one_of(random, wrong);
    if (i < drift_at) one.label.number = i % 20 == 0 ? 1 : 0;
    one.values.push_back(i < 500 ? 1 : 0);
    (void)learn(learner, one);
    if (learner.incidents().total() == 0) {
      out.weights_before = test::weights_of(learner);
      continue;
    }
    if (since++ == 0 || learner.events().empty() || out.sample != 0) continue;
    out.events.assign(learner.events().begin(), learner.events().end());
    out.told = test::events_of(learner);
    out.sample = learner.counters().samples - 1;
  }
  EXPECT_NE(out.sample, 0U) << "the champion should have lost";
  return out;
}

TEST(Respond, CrownsARestartedCopyThatCanBeGoneBackFrom) {
  auto [learner, before, events, told, sample] = crowned_after_drift(annealed({.warmup = 0, .trial = {Challenger::restart}, .cycle = {}}));
  EXPECT_EQ(told, fmt::format("{0} restart drift\n{0} reset drift\n", sample));
  EXPECT_EQ(std::get<OptimizerReset>(events[1]).fraction, 1);
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(incident.response, "restart");
  EXPECT_NE(incident.kind, "recurring");
  EXPECT_FALSE(incident.rolled_back);
  EXPECT_LT(*incident.loss_served, *incident.loss_without_response);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(1, 0, 1, 0));
  EXPECT_NE(before[1], 0);
  EXPECT_EQ(test::weights_of(learner)[1], before[1]) << "a copy";
  const double lr = learner.lr();
  EXPECT_TRUE(learner.rollback()) << "the learner from before learned on, and is still there";
  EXPECT_LT(learner.lr(), lr);
}

TEST(Respond, CrownsANewModel) {
  const auto [learner, before, events, told, sample] =
      crowned_after_drift(annealed({.warmup = 0, .trial = {Challenger::fresh}, .cycle = {}}));
  EXPECT_EQ(told, fmt::format("{} replaced by fresh\n", sample));
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(incident.tried, "fresh");
  EXPECT_EQ(incident.response, "replace");
  EXPECT_NE(incident.kind, "recurring");
  EXPECT_EQ(learner.counters().replacements, 1U);
  EXPECT_EQ(learner.counters().restarts_total(), 0U);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(test::weights_of(learner)[1], 0) << "it never saw the second feature";
}

TEST(Respond, UndoesWhatDoesHarmAndStillNamesIt) {
  auto recipe = answering({.bump = 2e10, .decay_stretch = 1, .trial = {}, .cycle = {}});
  recipe.controls.guard = {.loss_factor = 1e300, .lr_factor = 1, .rollback = false};
  recipe.trial.samples = 600;
  const auto [learner, before, events, told, sample] = crowned_after_drift(recipe, 0.4);
  EXPECT_EQ(told, fmt::format("{} rolled back trial\n", sample));
  const auto& incident = learner.incidents().newest().at(0);
  EXPECT_EQ(incident.response, "bump");
  EXPECT_TRUE(incident.rolled_back);
  EXPECT_EQ(learner.counters().rollbacks, 1U);
  EXPECT_EQ(incident.lr_after, 1e-9) << "that of the learner from before";
  EXPECT_THAT(status_of(learner).responses, ElementsAre(0, 1, 0, 0));
}

// Learned slowly one way, then slowly the other way: who knew it before is at once right when the first comes back.
TEST(Respond, CrownsTheArchivedChampionOfAConceptThatComesBack) {
  auto recipe = answering({.warmup = 0, .trial = {Challenger::memory}, .cycle = {}});
  recipe.lr = 0.02;
  recipe.cooldown = 2000;
  recipe.trial.samples = 600;
  auto learner = learner_with(recipe);
  std::string replaced;
  for (std::size_t i = 0; i < 4 * drift_at; ++i) {
    const bool first = i < 2 * drift_at || i >= 3 * drift_at;
    (void)learn(learner, test::sample({1.0}, first ? 0.0 : 1.0));
    const auto events = test::events_of(learner);
    if (events.find("replaced") == std::string::npos) continue;
    replaced += events;
    EXPECT_GE(i, 3 * drift_at);
  }
  ASSERT_EQ(learner.incidents().total(), 2U);
  const auto& incident = learner.incidents().newest()[1];
  EXPECT_THAT(replaced, ::testing::EndsWith(" replaced by memory\n"));
  EXPECT_EQ(incident.tried, "memory");
  EXPECT_EQ(incident.response, "replace");
  EXPECT_EQ(incident.kind, "recurring");
  EXPECT_EQ(learner.counters().replacements, 1U);
  EXPECT_THAT(status_of(learner).responses, ElementsAre(2, 0, 0, 1));
}

TEST(Respond, TriesAsManyChallengersAsThereIsMemoryFor) {
  const auto tried_with = [](const Response& response, std::size_t room) {
    const auto recipe = answering(response);
    auto spec = test::spec_of(recipe);
    const auto need = memory_need(spec);
    const auto weights = static_cast<double>(learner_with(recipe).champion().parameters());
    spec.memory_limit = 1;
    while (need.challengers_that_fit(weights, spec.memory_limit) < room) ++spec.memory_limit;
    Learner learner(spec, {"x0"});
    Random random(8);
    (void)learn_until_drift(learner, random);
    return learner.incidents().newest().at(0).tried;
  };
  const Response two{.warmup = 0, .trial = {Challenger::restart, Challenger::fresh}, .cycle = {}};
  EXPECT_EQ(tried_with(two, 1), "restart");
  EXPECT_EQ(tried_with(two, 2), "restart, fresh");
  // A copy of the learner as it was stands beside one that was changed at once.
  const Response bumped{.bump = 2, .trial = {Challenger::restart, Challenger::fresh}, .cycle = {}};
  EXPECT_EQ(tried_with(bumped, 1), "");
  EXPECT_EQ(tried_with(bumped, 2), "restart");
  EXPECT_EQ(tried_with(bumped, 3), "restart, fresh");
}

TEST(Respond, KeepsChampionsForTheArchiveWhereThereIsMemoryForOne) {
  const auto size_of_trial = [](std::size_t room, std::size_t samples) {
    auto spec = test::spec_of(idle());
    const auto need = memory_need(spec);
    const auto weights = static_cast<double>(learner_with(idle()).champion().parameters());
    spec.memory_limit = 1;
    while (need.archived_that_fit(weights, spec.memory_limit + 1) <= room) ++spec.memory_limit;
    Learner learner(spec, {"x0"});
    Random random(9);
    for (std::size_t i = 0; i < samples; ++i) (void)learn(learner, one_of(random, 0.05));
    return test::section_of(learner, "trial").size();
  };
  EXPECT_EQ(size_of_trial(0, 600), size_of_trial(0, 10));
  EXPECT_GT(size_of_trial(1, 600), size_of_trial(1, 10));
}

}  // namespace
}  // namespace rekindle
