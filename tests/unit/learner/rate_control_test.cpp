#include "learner/rate_control.hpp"

#include <gmock/gmock.h>

#include "learner/frozen_model.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

RateControl control(const Recipe& recipe) { return RateControl(test::spec_of(recipe).member.schedule); }

Recipe stepping(StepUnit unit = StepUnit::updates) {
  Recipe recipe;
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 10.0}};
  recipe.lr = 1;
  recipe.unit = unit;
  return recipe;
}

TEST(RateControl, CountsStepsInItsUnit) {
  struct Row {
    StepUnit unit;
    StepClock clock;
    double step;
  };
  for (const auto& [unit, clock, step] : {Row{StepUnit::updates, {7, 100, 50'000}, 7},
                                          {StepUnit::samples, {7, 100, 50'000}, 100},
                                          {StepUnit::epochs, {7, 25'000, 50'000}, 2.5}}) {
    EXPECT_EQ(control(stepping(unit)).step(clock), step);
  }
}

TEST(RateControl, CountsSecondsOfEventTimeFromTheFirstSample) {
  auto rate = control(stepping(StepUnit::seconds));
  rate.begin({0, 0, 1'700'000'000'000});
  EXPECT_EQ(rate.step({0, 0, 1'700'000'000'000}), 0);
  EXPECT_EQ(rate.step({5, 5, 1'700'000'012'500}), 12.5);
  EXPECT_NEAR(rate.rate({5, 5, 1'700'000'012'500}), 0.1, 1e-15);
  rate.begin({5, 5, 1'700'000'012'500});
  EXPECT_EQ(rate.step({5, 5, 1'700'000'012'500}), 12.5) << "it has begun already";
  EXPECT_EQ(rate.step({6, 6, 1'600'000'000'000}), 0) << "event time may step back, a schedule does not";
}

TEST(RateControl, StartsTheScheduleAnewAtARestart) {
  auto rate = control(stepping());
  EXPECT_NEAR(rate.rate({35, 35, 0}), 0.001, 1e-15);
  rate.restart({35, 35, 0}, 0);
  EXPECT_EQ(rate.rate({35, 35, 0}), 1);
  EXPECT_NEAR(rate.rate({45, 45, 0}), 0.1, 1e-15);
}

TEST(RateControl, WarmsUpAfterARestartWhereTheScheduleDoesNot) {
  auto rate = control(stepping());
  rate.restart({100, 100, 0}, 8);
  EXPECT_NEAR(rate.rate({100, 100, 0}), 0.01, 1e-15);
  EXPECT_NEAR(rate.rate({104, 104, 0}), 0.01 + 0.99 / 2, 1e-15);
  EXPECT_EQ(rate.rate({108, 108, 0}), 1);
}

TEST(RateControl, LeavesTheWarmupToTheScheduleThatHasOne) {
  auto recipe = stepping();
  recipe.warmup = {4, 0.5, WarmupKind::constant};
  auto rate = control(recipe);
  rate.restart({100, 100, 0}, 8);
  EXPECT_EQ(rate.rate({100, 100, 0}), 0.5);
  EXPECT_EQ(rate.rate({104, 104, 0}), 1);
}

TEST(RateControl, KeepsTheRateWithinItsBounds) {
  auto recipe = stepping();
  recipe.lr_min = 0.05;
  recipe.lr_max = 0.5;
  const auto rate = control(recipe);
  EXPECT_EQ(rate.rate({0, 0, 0}), 0.5);
  EXPECT_NEAR(rate.rate({10, 0, 0}), 0.1, 1e-15);
  EXPECT_EQ(rate.rate({30, 0, 0}), 0.05);
}

TEST(RateControl, GoesOnWhereItWasSaved) {
  auto rate = control(stepping());
  rate.restart({7, 7, 0}, 20);
  auto loaded = control(stepping());
  ByteWriter out;
  rate.save(out);
  ByteReader in(out.bytes());
  loaded.load(in, {12, 12, 0});
  EXPECT_TRUE(in.ok() && in.at_end());
  for (std::uint64_t update = 12; update < 60; ++update) EXPECT_EQ(loaded.rate({update, update, 0}), rate.rate({update, update, 0}));
}

TEST(RateControl, StartsAnewWithTheStateOfAnotherSchedule) {
  auto rate = control(stepping());
  ByteWriter out;
  rate.save(out);
  auto recipe = stepping();
  recipe.lr = 2;
  auto other = control(recipe);
  ByteReader in(out.bytes());
  other.load(in, {35, 35, 0});
  EXPECT_EQ(other.rate({35, 35, 0}), 2);
}

TEST(RateControl, CyclesBetweenTheRateAndItsMultipleForEver) {
  Recipe recipe;
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = 0.1;
  auto rate = control(recipe);
  const auto at = [&](std::uint64_t updates) { return rate.rate({updates, updates, 0}); };
  EXPECT_DOUBLE_EQ(at(100), 0.1);
  rate.cycle({100, 100, 0}, 3, 10);
  for (const std::uint64_t period : {0, 1, 2, 77}) {
    const auto start = 100 + 10 * period;
    EXPECT_NEAR(at(start), 0.1, 1e-12) << period;
    EXPECT_NEAR(at(start + 2), 0.1 * 1.8, 1e-12) << period;
    EXPECT_NEAR(at(start + 5), 0.1 * 3, 1e-12) << period;
    EXPECT_NEAR(at(start + 9), 0.1 * 1.4, 1e-12) << period;
  }
}

TEST(RateAhead, IsTheRateThatIsThereThen) {
  for (const auto unit : {StepUnit::updates, StepUnit::samples}) {
    auto recipe = stepping(unit);
    recipe.policy = "none";
    recipe.batch_size = 2;
    auto learner = test::learner_of(recipe, 1);
    const auto learn = [&](int count) {
      for (int i = 0; i < count; ++i) (void)test::learn(learner, test::sample({1.0}, i % 2 == 0 ? 1.0 : 0.0));
    };
    learn(6);
    const double ahead = rate_ahead(learner, 20);
    EXPECT_LT(ahead, learner.lr());
    learn(40);
    EXPECT_EQ(learner.lr(), ahead);
  }
}

TEST(RateAhead, OfEventTimeIsTheRateNow) {
  auto recipe = stepping(StepUnit::seconds);
  recipe.policy = "none";
  auto learner = test::learner_of(recipe, 1);
  for (int i = 0; i < 30; ++i) {
    auto one = test::sample({1.0}, 1.0);
    one.time_ms = 1000 * (i + 1);
    (void)test::learn(learner, one);
  }
  EXPECT_LT(learner.lr(), 1);
  EXPECT_EQ(rate_ahead(learner, 1'000'000), learner.lr());
}

}  // namespace
}  // namespace rekindle
