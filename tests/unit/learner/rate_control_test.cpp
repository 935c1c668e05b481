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

Recipe constant(double lr = 0.1) {
  Recipe recipe;
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = lr;
  return recipe;
}

StepClock at(std::uint64_t updates) { return {updates, updates, 0}; }

std::optional<RateControl> again(const RateControl& rate, const Recipe& recipe) {
  ByteWriter out;
  rate.save(out);
  auto loaded = control(recipe);
  ByteReader in(out.bytes());
  loaded.load(in, at(12));
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return loaded;
}

TEST(RateControl, StandsAtTheBeginningBeforeTheFirstEventTime) {
  EXPECT_EQ(control(stepping(StepUnit::seconds)).step({5, 5, 1'700'000'012'500}), 0);
}

TEST(RateControl, CyclesToTwiceTheRateAsToAnyOther) {
  auto rate = control(constant());
  rate.cycle(at(0), 2, 8);
  EXPECT_NEAR(rate.rate(at(4)), 0.2, 1e-15);
  EXPECT_NEAR(rate.rate(at(6)), 0.15, 1e-15);
  rate.end_cycle();
  EXPECT_EQ(rate.rate(at(4)), 0.1);
}

TEST(RateControl, EndsItsCyclesAndWhatHeldItAtARestart) {
  auto rate = control(constant());
  rate.cycle(at(0), 2, 8);
  rate.hold(20);
  rate.restart(at(0), 0);
  for (const std::uint64_t k : {0, 1, 4, 6}) EXPECT_EQ(rate.rate(at(k)), 0.1) << k;
}

TEST(RateControl, TakesNoBumpThatRaisesNothing) {
  auto rate = control(stepping());
  EXPECT_FALSE(rate.bump(at(5), 1, 10, 4));
  EXPECT_EQ(rate.step(at(15)), 15) << "and does not slow down for it";
  auto nothing = control(constant(0));
  EXPECT_FALSE(nothing.bump(at(0), 2, 1, 4)) << "no factor raises a rate of 0";
  EXPECT_EQ(nothing.rate(at(0)), 0);
}

TEST(RateControl, SlowsDownByABillionAtMost) {
  auto rate = control(constant());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(rate.bump(at(0), 2, 10, 1e6));
  EXPECT_EQ(rate.step(at(3'000'000'000)), 3);
}

TEST(RateControl, LeavesTheWarmupToAScheduleWhoseOwnLastsOneStep) {
  auto recipe = constant();
  recipe.warmup = {1, 0.5, WarmupKind::linear};
  auto rate = control(recipe);
  rate.restart(at(100), 8);
  EXPECT_NEAR(rate.rate(at(100)), 0.05, 1e-15);
  EXPECT_EQ(rate.rate(at(101)), 0.1);
}

TEST(RateControl, KeepsAnOperatorsRateThroughASaveAndNoneWhereThereIsNone) {
  auto rate = control(constant());
  auto loaded = again(rate, constant());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->pinned(), std::nullopt);
  EXPECT_EQ(loaded->rate(at(12)), 0.1);
  rate.pin(0.3);
  loaded = again(rate, constant());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->pinned(), 0.3);
  EXPECT_EQ(loaded->rate(at(12)), 0.3);
}

TEST(RateControl, KnowsAfterASaveWhetherEventTimeHasBegun) {
  auto rate = control(stepping(StepUnit::seconds));
  auto loaded = again(rate, stepping(StepUnit::seconds));
  ASSERT_TRUE(loaded);
  loaded->begin({0, 0, 50'000});
  EXPECT_EQ(loaded->step({0, 0, 53'000}), 3);
  rate.begin({0, 0, 40'000});
  loaded = again(rate, stepping(StepUnit::seconds));
  ASSERT_TRUE(loaded);
  loaded->begin({0, 0, 50'000});
  EXPECT_EQ(loaded->step({0, 0, 53'000}), 13);
}

// Two specifications with one identity are one schedule; without a factor for the batch it is named as it was before there was one.
TEST(ScheduleIdentity, NamesTheFactorForTheBatchWhereThereIsOne) {
  auto recipe = constant();
  EXPECT_THAT(test::spec_of(recipe).member.schedule.identity(), ::testing::Not(::testing::HasSubstr("scale")));
  for (const double scale : {2.0, 8.0}) {
    recipe.scale_lr = scale;
    EXPECT_THAT(test::spec_of(recipe).member.schedule.identity(), ::testing::EndsWith(fmt::format(" scale={}", scale)));
  }
}

TEST(PeakRate, IsTheHighestOfTenMillionSteps) {
  const auto peak = [](const Recipe& recipe) { return peak_rate(test::spec_of(recipe).member.schedule); };
  EXPECT_EQ(peak(constant()), 0.1);
  auto falling = constant();
  falling.schedule = "exponential";
  falling.schedule_parameters = {{"gamma", 0.5}};
  EXPECT_EQ(peak(falling), 0.1) << "at its beginning";
  Recipe spike;
  spike.schedule = "piecewise";
  spike.schedule_parameters = {{"boundaries", Array{Value(1.0), Value(2.0)}}, {"values", Array{Value(0.1), Value(5.0), Value(0.2)}}};
  EXPECT_EQ(peak(spike), 5) << "no step of the first thousand is left out";
  auto rising = constant();
  rising.warmup = {2e7, 1e-9, WarmupKind::linear};
  EXPECT_NEAR(peak(rising), 0.05, 0.0001) << "half of the way up";
}

}  // namespace
}  // namespace rekindle
