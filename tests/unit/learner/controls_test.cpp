// Plateau bump, cool-down, and what the rate control does for them and for the batch size.
#include "learner/controls.hpp"

#include <gmock/gmock.h>

#include "learner/rate_control.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learn;
using test::learner_of;
using test::Recipe;
using test::sample;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

StepClock at(std::uint64_t update) { return {update, update, 0}; }

Recipe decaying() {
  Recipe recipe;
  recipe.task = Task::regression;
  recipe.scale = ScaleKind::none;
  recipe.precision = Precision::float64;
  recipe.optimizer = "sgd";
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"gamma", 0.5}};
  recipe.lr = 0.5;
  recipe.policy = "none";
  return recipe;
}

RateControl control(const Recipe& recipe) { return RateControl(test::spec_of(recipe).member.schedule); }

TEST(PlateauBump, IsDueAfterSoManyUpdatesWithoutImprovement) {
  PlateauBump bump({.patience = 30, .factor = 2, .max_lr = 1, .decay_stretch = 2});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(bump.observe(1000.0 - i)) << "the loss falls";
  std::vector<int> due;
  for (int i = 0; i < 200; ++i) {
    if (bump.observe(901)) due.push_back(i);
  }
  // The smoothed loss comes to rest first; from then on it is every thirty.
  ASSERT_GE(due.size(), 3U);
  EXPECT_GT(due[0], 30);
  EXPECT_EQ(due[2] - due[1], 30);
}

TEST(PlateauBump, TakesATinyImprovementForNone) {
  PlateauBump bump({.patience = 50, .factor = 2, .max_lr = 1, .decay_stretch = 2});
  bool due = false;
  for (int i = 0; i < 60; ++i) due |= bump.observe(1 - 1e-6 * i);
  EXPECT_TRUE(due);
}

TEST(PlateauBump, TakesALossThatStaysAtNothingForAPlateau) {
  PlateauBump bump({.patience = 20, .factor = 2, .max_lr = 1, .decay_stretch = 2});
  EXPECT_FALSE(bump.observe(0)) << "the first is the best";
  for (int i = 1; i < 20; ++i) EXPECT_FALSE(bump.observe(0)) << i;
  EXPECT_TRUE(bump.observe(0));
}

TEST(PlateauBump, OfNoPatienceIsOff) {
  PlateauBump bump({});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(bump.observe(1));
}

TEST(PlateauBump, KnowsALossBelowZero) {
  PlateauBump bump({.patience = 10, .factor = 2, .max_lr = 1, .decay_stretch = 2});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(bump.observe(-1 - i));
}

TEST(RateControl, RaisesTheRateThenDecaysMoreSlowlyWithoutAnotherJump) {
  auto rate = control(decaying());
  EXPECT_EQ(rate.rate(at(2)), 0.125);
  ASSERT_TRUE(rate.bump(at(2), 2, 1, 4));
  EXPECT_EQ(rate.rate(at(2)), 0.25);
  EXPECT_EQ(rate.step(at(2)), 2);
  EXPECT_EQ(rate.rate(at(6)), 0.125) << "four updates for one step now";
  ASSERT_TRUE(rate.bump(at(6), 3, 1, 2));
  EXPECT_EQ(rate.rate(at(6)), 0.375);
  EXPECT_EQ(rate.rate(at(14)), 0.1875) << "eight updates for one step";
}

TEST(RateControl, RaisesNoRateAboveTheMostThatIsAllowed) {
  auto rate = control(decaying());
  ASSERT_TRUE(rate.bump(at(0), 10, 0.75, 2));
  EXPECT_EQ(rate.rate(at(0)), 0.75);
  EXPECT_FALSE(rate.bump(at(0), 10, 0.75, 2)) << "it is there already";
  EXPECT_EQ(rate.step(at(2)), 1) << "a bump that is none slows nothing down";
  rate.restart(at(5), 0);
  EXPECT_EQ(rate.rate(at(5)), 0.5);
  EXPECT_EQ(rate.rate(at(6)), 0.25) << "a restart ends bumps and their slower decay";
}

TEST(RateControl, LeavesARateAboveTheMostAloneThatTheScheduleAskedFor) {
  auto recipe = decaying();
  recipe.lr = 8;
  auto rate = control(recipe);
  EXPECT_FALSE(rate.bump(at(0), 2, 1, 2));
  EXPECT_EQ(rate.rate(at(0)), 8);
}

TEST(RateControl, IsCutAndHeldUntilTheRestart) {
  auto rate = control(decaying());
  rate.cut(0.5);
  rate.cut(0.5);
  EXPECT_EQ(rate.rate(at(0)), 0.125);
  rate.hold(3);
  EXPECT_EQ(rate.rate(at(2)), 0);
  EXPECT_EQ(rate.rate(at(3)), 0.0625 / 4);
  rate.restart(at(2), 0);
  EXPECT_EQ(rate.rate(at(2)), 0.5);
}

TEST(RateControl, MultipliesEveryRateByTheScaleOfTheBatch) {
  auto recipe = decaying();
  recipe.scale_lr = 8;
  recipe.lr_max = 3;
  const auto rate = control(recipe);
  EXPECT_EQ(rate.rate(at(0)), 3) << "the bounds hold all the same";
  EXPECT_EQ(rate.rate(at(1)), 2);
  EXPECT_NE(test::spec_of(recipe).member.schedule.identity(), test::spec_of(decaying()).member.schedule.identity());
}

TEST(RateControl, GoesOnFromAnySaveAfterABumpACutAndAHold) {
  auto rate = control(decaying());
  ASSERT_TRUE(rate.bump(at(1), 2, 1, 4));
  rate.cut(0.5);
  rate.hold(4);
  auto resumed = control(decaying());
  ByteWriter out;
  rate.save(out);
  ByteReader in(out.bytes());
  resumed.load(in, at(3));
  EXPECT_TRUE(in.ok() && in.at_end());
  for (std::uint64_t k = 3; k < 20; ++k) EXPECT_EQ(resumed.rate(at(k)), rate.rate(at(k)));
}

TEST(Cooldown, LowersTheMomentumAfterAFallByMoreThanHalf) {
  Cooldown cooldown({.steps = 3, .momentum = 0.5}, /*has_momentum=*/true);
  std::vector<double> momentum;
  std::uint64_t update = 0;
  for (const double rate : {1.0, 0.5, 0.2, 0.2, 0.2, 0.2}) {
    EXPECT_EQ(cooldown.rate(update, rate), rate) << "the rate is left alone";
    cooldown.stepped(update, rate);
    momentum.push_back(cooldown.momentum(update, 0.9).value());
    ++update;
  }
  EXPECT_THAT(momentum, ElementsAre(0.9, 0.9, 0.5, 0.5, 0.5, 0.9)) << "half is not more than half";
  EXPECT_EQ(cooldown.momentum(update, std::nullopt), std::nullopt);
}

TEST(Cooldown, KeepsTheFallenRateWhereThereIsNoMomentum) {
  Cooldown cooldown({.steps = 3, .momentum = 0.5}, /*has_momentum=*/false);
  std::vector<double> rates;
  std::uint64_t update = 0;
  for (const double scheduled : {1.0, 0.1, 0.3, 0.35, 0.4, 0.5}) {
    rates.push_back(cooldown.rate(update, scheduled));
    cooldown.stepped(update, rates.back());
    EXPECT_EQ(cooldown.momentum(update, std::nullopt), std::nullopt);
    ++update;
  }
  EXPECT_THAT(rates, ElementsAre(1.0, 0.1, 0.1, 0.1, 0.4, 0.5));
}

TEST(Cooldown, StartsAnewWithNoFallToBeCarefulAbout) {
  Cooldown cooldown({.steps = 100, .momentum = 0.5}, /*has_momentum=*/true);
  cooldown.stepped(0, 1);
  cooldown.stepped(1, 0.1);
  EXPECT_EQ(cooldown.momentum(1, 0.9), 0.5);
  cooldown.start_anew();
  EXPECT_EQ(cooldown.momentum(0, 0.9), 0.9);
  EXPECT_EQ(cooldown.momentum(2, 0.9), 0.9);
  cooldown.stepped(2, 0.1);
  EXPECT_EQ(cooldown.momentum(2, 0.9), 0.9) << "the first rate is no fall, however low";
}

TEST(Cooldown, OfNoStepsIsOff) {
  Cooldown cooldown({}, false);
  cooldown.stepped(0, 1);
  cooldown.stepped(1, 0.01);
  EXPECT_EQ(cooldown.rate(2, 0.02), 0.02);
}

TEST(Learner, BumpsTheRateOfALossThatStandsStill) {
  auto recipe = decaying();
  recipe.schedule_parameters = {{"gamma", 0.99}};
  recipe.lr = 0.1;
  recipe.controls.plateau_bump = {.patience = 100, .factor = 4, .max_lr = 0.2, .decay_stretch = 10};
  auto learner = learner_of(recipe, 1);
  // Label noise that nothing can learn.
  std::string events;
  double before = 0;
  for (int i = 0; i < 1000 && events.empty(); ++i) {
    before = learner.lr();
    (void)learn(learner, sample({1}, i % 2 == 0 ? 1 : -1));
    events = test::events_of(learner);
  }
  EXPECT_THAT(events, HasSubstr("bump"));
  EXPECT_EQ(learner.counters().plateau_bumps, 1U);
  const double raised = learner.lr();
  EXPECT_NEAR(raised / before, 4, 0.01);
  for (int i = 0; i < 50; ++i) (void)learn(learner, sample({1}, 1));
  EXPECT_NEAR(learner.lr() / raised, std::pow(0.99, 5), 1e-9) << "ten times slower";
}

Recipe on_a_plateau() {
  auto recipe = decaying();
  recipe.schedule = "plateau";
  recipe.schedule_parameters = {{"patience", std::int64_t{1}}, {"factor", 0.5}, {"threshold", 0.5}};
  recipe.lr = 0.1;
  recipe.unit = StepUnit::epochs;
  recipe.epoch_samples = 10;
  return recipe;
}

// The rate after each epoch of label noise that nothing can learn.
std::vector<double> rates_of_epochs(Learner& learner, int epochs) {
  std::vector<double> rates;
  for (int i = 0; i < 10 * epochs; ++i) {
    (void)learn(learner, sample({0}, i % 2 == 0 ? 1 : -1));
    if (i % 10 == 9) rates.push_back(learner.lr());
  }
  return rates;
}

TEST(Learner, LowersTheRateOnThePlateauOfItsSchedule) {
  auto recipe = on_a_plateau();
  recipe.batch_size = 5;
  auto learner = learner_of(recipe, 1);
  EXPECT_THAT(rates_of_epochs(learner, 6), ElementsAre(0.1, 0.1, 0.05, 0.05, 0.025, 0.025));
  learner.restart();
  EXPECT_EQ(learner.lr(), 0.1) << "a restart forgets the plateau";
}

TEST(Learner, GoesOnInTheMiddleOfAnEpochOfItsPlateau) {
  auto whole = learner_of(on_a_plateau(), 1);
  auto first = learner_of(on_a_plateau(), 1);
  for (int i = 0; i < 25; ++i) {
    for (auto* learner : {&whole, &first}) (void)learn(*learner, sample({0}, i % 2 == 0 ? 1 : -1));
  }
  auto second = learner_of(on_a_plateau(), 1);
  std::vector<std::string> notes;
  ASSERT_TRUE(second.restore(first.save(), notes));
  for (int i = 0; i < 25; ++i) {
    for (auto* learner : {&whole, &second}) (void)learn(*learner, sample({0}, i % 2 == 0 ? 1 : -1));
  }
  EXPECT_EQ(second.state_hash(), whole.state_hash());
  EXPECT_LT(second.lr(), 0.1);
}

// A step with the buffer of the old rate would go four times as far.
TEST(Learner, CoolsDownAfterTheRateFell) {
  auto recipe = decaying();
  recipe.optimizer = "momentum";
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 5.0}};
  recipe.lr = 0.0001;
  auto hot = learner_of(recipe, 1);
  recipe.controls.cooldown = {.steps = 5, .momentum = 0.0};
  auto cool = learner_of(recipe, 1);
  for (int i = 0; i < 5; ++i) {
    for (auto* learner : {&hot, &cool}) (void)learn(*learner, sample({1}, 1000));
  }
  EXPECT_EQ(test::weights_of(hot), test::weights_of(cool));
  const double start = test::weights_of(hot)[0];
  for (auto* learner : {&hot, &cool}) (void)learn(*learner, sample({1}, 1000));
  EXPECT_GT(test::weights_of(hot)[0] - start, 4 * (test::weights_of(cool)[0] - start));
}

}  // namespace
}  // namespace rekindle
