#include "data/scaler.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "data/sample.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

std::vector<double> scaled(const Scaler& scaler, const std::vector<double>& values) {
  std::vector<double> out(values.size());
  scaler.transform<double>(values, out);
  return out;
}

TEST(Scaler, WeighsTheFirstValuesEqually) {
  Scaler scaler(ScaleKind::fading, 0.001, 1);
  double sum = 0;
  double squares = 0;
  for (int i = 1; i <= 500; ++i) {
    const double value = std::sin(i) * i;
    scaler.observe(std::vector{value});
    sum += value;
    squares += value * value;
    const double mean = sum / i;
    EXPECT_NEAR(scaler.means()[0], mean, 1e-9);
    EXPECT_NEAR(scaler.variances()[0], squares / i - mean * mean, 1e-6);
  }
}

TEST(Scaler, FollowsAChangeOfScaleWithinAFewOverAlpha) {
  Scaler scaler(ScaleKind::fading, 0.01, 1);
  Random random(1);
  for (int i = 0; i < 2000; ++i) scaler.observe(std::vector{random.normal()});
  for (int i = 0; i < 1000; ++i) scaler.observe(std::vector{1000 + 50 * random.normal()});
  EXPECT_NEAR(scaler.means()[0], 1000, 20);
  EXPECT_NEAR(std::sqrt(scaler.variances()[0]), 50, 20);
}

TEST(Scaler, CutsAtFiveDeviations) {
  Scaler scaler(ScaleKind::fading, 0.001, 1);
  for (int i = 0; i < 100; ++i) scaler.observe(std::vector{i % 2 == 0 ? 1.0 : -1.0});
  EXPECT_NEAR(scaled(scaler, {1})[0], 1, 0.01);
  EXPECT_EQ(scaled(scaler, {1e6})[0], 5);
  EXPECT_EQ(scaled(scaler, {-1e6})[0], -5);
}

TEST(Scaler, MakesAConstantFeatureZero) {
  Scaler scaler(ScaleKind::fading, 0.001, 1);
  for (int i = 0; i < 100; ++i) scaler.observe(std::vector{7.0});
  EXPECT_EQ(scaled(scaler, {7})[0], 0);
  EXPECT_EQ(scaled(scaler, {8})[0], 0);
}

TEST(Scaler, TakesADeviationUpToABillionthForNone) {
  Scaler scaler(ScaleKind::standard, 0, 1);
  scaler.set_moments(std::vector{7.0}, std::vector{1e-18});
  ASSERT_EQ(std::sqrt(1e-18), Scaler::smallest_deviation);
  EXPECT_EQ(scaled(scaler, {8})[0], 0);
  scaler.set_moments(std::vector{7.0}, std::vector{1.1e-18});
  EXPECT_EQ(scaled(scaler, {8})[0], 5);
}

TEST(Scaler, MakesAMissingValueTheMeanAndLearnsNothingFromIt) {
  Scaler scaler(ScaleKind::fading, 0.001, 2);
  for (int i = 0; i < 100; ++i) scaler.observe(std::vector{double(i), double(i)});
  const auto before = test::saved(scaler);
  scaler.observe(std::vector{missing_value, missing_value});
  EXPECT_EQ(test::saved(scaler), before);
  EXPECT_EQ(scaled(scaler, {missing_value, 0}), (std::vector<double>{0, scaled(scaler, {0, 0})[1]}));
}

TEST(Scaler, IsNotPutOutOfActionByOneAbsurdValue) {
  Scaler scaler(ScaleKind::fading, 0.01, 1);
  Random random(1);
  for (int i = 0; i < 100; ++i) scaler.observe(std::vector{random.normal()});
  for (const double absurd : {1e300, -1e308, 1.7e308}) scaler.observe(std::vector{absurd});
  EXPECT_TRUE(std::isfinite(scaler.means()[0]));
  EXPECT_TRUE(std::isfinite(scaler.variances()[0]));
  for (int i = 0; i < 100'000; ++i) scaler.observe(std::vector{random.normal()});
  EXPECT_NEAR(scaler.variances()[0], 1, 0.5);
}

TEST(Scaler, BeginsAnewAfterAnAbsurdValue) {
  for (const auto kind : {ScaleKind::fading, ScaleKind::standard}) {
    for (const double absurd : {1e30, 3.4e38, -1e100, 1e300, -1.7e308}) {
      for (const int before : {0, 1, 2, 5000}) {
        SCOPED_TRACE(std::to_string(absurd) + " after " + std::to_string(before));
        Scaler scaler(kind, 0.001, 1);
        Random random(1);
        for (int i = 0; i < before; ++i) scaler.observe(std::vector{random.normal()});
        scaler.observe(std::vector{absurd});
        for (int i = 0; i < 1000; ++i) scaler.observe(std::vector{random.normal()});
        EXPECT_NEAR(scaler.means()[0], 0, 0.15);
        EXPECT_NEAR(scaler.variances()[0], 1, 0.2);
      }
    }
  }
}

TEST(Scaler, TakesNumbersOf64BitsBesideSmallOnesForWhatTheyAre) {
  Scaler scaler(ScaleKind::fading, 0.001, 1);
  for (int i = 0; i < 5000; ++i) scaler.observe(std::vector{i % 2 == 0 ? 1.8e19 : 0.0});
  EXPECT_NEAR(scaler.means()[0], 9e18, 1e16);
  EXPECT_NEAR(std::sqrt(scaler.variances()[0]), 9e18, 1e16);
}

TEST(Scaler, LeavesValuesAloneWhenSwitchedOff) {
  Scaler scaler(ScaleKind::none, 0.001, 2);
  scaler.observe(std::vector{100.0, 5.0});
  EXPECT_EQ(scaled(scaler, {100, missing_value}), (std::vector<double>{100, 0}));
}

TEST(Scaler, KeepsWhatItKnowsOfFeaturesThatMove) {
  Scaler scaler(ScaleKind::fading, 0.001, 3);
  for (int i = 0; i < 50; ++i) scaler.observe(std::vector{1.0 + i % 2, 10.0 + i % 2, 100.0 + i % 2});
  const auto means = scaler.means();
  scaler.remap({2, -1, 0});
  EXPECT_EQ(scaler.means(), (std::vector<double>{means[2], 0, means[0]}));
  EXPECT_EQ(scaler.variances()[1], 0);
  scaler.observe(std::vector{1.0, 42.0, 1.0});
  EXPECT_EQ(scaler.means()[1], 42) << "a new feature starts with an equal weight";
}

TEST(Scaler, RefusesAStateOfAnotherWidth) {
  Scaler two(ScaleKind::fading, 0.001, 2);
  Scaler three(ScaleKind::fading, 0.001, 3);
  EXPECT_FALSE(test::load_from(test::saved(three), two));
}

TEST(Scaler, KnowsNothingAtFirst) {
  for (const auto kind : {ScaleKind::fading, ScaleKind::standard, ScaleKind::minmax}) {
    const Scaler scaler(kind, 0.001, 2);
    EXPECT_EQ(scaler.means(), (std::vector<double>{0, 0}));
    EXPECT_EQ(scaler.variances(), (std::vector<double>{0, 0}));
    EXPECT_EQ(scaler.lows().size(), kind == ScaleKind::minmax ? 2U : 0U);
    for (const auto& ends : {scaler.lows(), scaler.highs()}) {
      for (const double end : ends) EXPECT_EQ(end, 0);
    }
    EXPECT_EQ(scaled(scaler, {missing_value, 3}), (std::vector<double>{0, 0}));
  }
}

// A variance of 10^40 times the square of a value, of 1 where that is smaller, is of no mixture of 64-bit numbers.
TEST(Scaler, BeginsAnewOnlyWhereTheVarianceIsAbsurdForTheValue) {
  const auto after = [](double variance, double value) {
    Scaler scaler(ScaleKind::standard, 0, 1);
    for (int i = 0; i < 3; ++i) scaler.observe(std::vector{5.0});
    scaler.set_moments(std::vector{5.0}, std::vector{variance});
    scaler.observe(std::vector{value});
    const double mean = scaler.means()[0];
    scaler.observe(std::vector{value});
    EXPECT_EQ(scaler.variances()[0] == 0, mean == value) << "it has seen two equal values";
    return mean;
  };
  EXPECT_EQ(after(1e40, 1), 4) << "the fourth value beside three of 5";
  EXPECT_EQ(after(1.5e40, 1), 1);
  EXPECT_EQ(after(1.5e40, 1e-20), 1e-20);
  EXPECT_EQ(after(1.5e40, -2), 5 - 7 / 4.0);
  EXPECT_EQ(after(5e40, -2), -2);
  EXPECT_EQ(after(9e41, 9), 9);
}

TEST(Scaler, GoesNoFurtherThanItsSquareIsFinite) {
  Scaler scaler(ScaleKind::standard, 0, 2);
  scaler.observe(std::vector{1e300, -1e150});
  EXPECT_EQ(scaler.means(), (std::vector<double>{1e150, -1e150}));
}

}  // namespace
}  // namespace rekindle
