#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "data/sample.hpp"
#include "data/scaler.hpp"
#include "data/scaling_statistics.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

std::vector<double> scaled(const Scaler& scaler, const std::vector<double>& values) {
  std::vector<double> out(values.size());
  scaler.transform<double>(values, out);
  return out;
}

TEST(StandardScaler, KnowsTheMeanAndThePopulationVarianceOfAll) {
  Scaler scaler(ScaleKind::standard, 0.5, 1);
  double sum = 0;
  double squares = 0;
  for (int i = 1; i <= 5000; ++i) {
    const double value = 100 + std::sin(i) * i;
    scaler.observe(std::vector{value});
    sum += value;
    squares += value * value;
  }
  const double mean = sum / 5000;
  const double variance = squares / 5000 - mean * mean;
  EXPECT_NEAR(scaler.means()[0], mean, 1e-9);
  EXPECT_NEAR(scaler.variances()[0] / variance, 1, 1e-9);
  EXPECT_NEAR(scaled(scaler, {mean + std::sqrt(variance)})[0], 1, 1e-9);
  EXPECT_EQ(scaled(scaler, {1e9})[0], 5);
  EXPECT_EQ(scaled(scaler, {-1e9})[0], -5);
  EXPECT_EQ(scaled(scaler, {missing_value})[0], 0);
}

TEST(StandardScaler, LosesNoDigitsFarFromZero) {
  Scaler scaler(ScaleKind::standard, 0.001, 1);
  for (int i = 0; i < 1000; ++i) scaler.observe(std::vector{1e9 + i % 2});
  EXPECT_NEAR(scaler.variances()[0], 0.25, 1e-6);
}

TEST(MinmaxScaler, PutsTheRangeSoFarBetweenZeroAndOne) {
  Scaler scaler(ScaleKind::minmax, 0.001, 2);
  scaler.observe(std::vector{5.0, -1.0});
  EXPECT_EQ(scaled(scaler, {5, -1}), (std::vector<double>{0, 0})) << "one value has no range";
  EXPECT_EQ(scaled(scaler, {8, 8}), (std::vector<double>{0, 0}));
  scaler.observe(std::vector{7.0, -3.0});
  EXPECT_EQ(scaled(scaler, {5, -1}), (std::vector<double>{0, 1}));
  EXPECT_EQ(scaled(scaler, {6.5, -2.5}), (std::vector<double>{0.75, 0.25}));
  EXPECT_EQ(scaled(scaler, {100, -100}), (std::vector<double>{1, 0})) << "cut";
}

TEST(MinmaxScaler, PutsAMissingValueAtTheMean) {
  Scaler scaler(ScaleKind::minmax, 0.001, 1);
  for (const double value : {0.0, 1.0, 2.0, 9.0}) scaler.observe(std::vector{value});
  const auto before = test::saved(scaler);
  scaler.observe(std::vector{missing_value});
  EXPECT_EQ(test::saved(scaler), before);
  EXPECT_DOUBLE_EQ(scaled(scaler, {missing_value})[0], 3.0 / 9);
}

TEST(MinmaxScaler, TakesTheWholeRangeOfNumbers) {
  Scaler scaler(ScaleKind::minmax, 0.001, 1);
  scaler.observe(std::vector{-1.7e308});
  scaler.observe(std::vector{1.7e308});
  EXPECT_EQ(scaled(scaler, {0})[0], 0.5);
}

TEST(MinmaxScaler, KeepsItsRangesThroughSaveAndMove) {
  Scaler scaler(ScaleKind::minmax, 0.001, 2);
  scaler.observe(std::vector{1.0, 10.0});
  scaler.observe(std::vector{3.0, 20.0});
  Scaler other(ScaleKind::minmax, 0.001, 2);
  ASSERT_TRUE(test::load_from(test::saved(scaler), other));
  other.remap({1, -1, 0});
  EXPECT_EQ(other.lows(), (std::vector<double>{10, 0, 1}));
  EXPECT_EQ(other.highs(), (std::vector<double>{20, 0, 3}));
  other.observe(std::vector{10.0, -7.0, 1.0});
  EXPECT_EQ(other.lows()[1], -7) << "a new feature begins at its first value";
  Scaler fading(ScaleKind::fading, 0.001, 2);
  EXPECT_FALSE(test::load_from(test::saved(scaler), fading));
}

// What was taken elsewhere and back is the same scaler.
TEST(ScalingStatistics, AreSavedAsTheScalerSavesItself) {
  for (const auto kind : {ScaleKind::fading, ScaleKind::standard, ScaleKind::minmax}) {
    Scaler scaler(kind, 0.001, 2);
    scaler.observe(std::vector{1.0, 10.0});
    scaler.observe(std::vector{3.0, missing_value});
    const auto statistics = statistics_of(scaler);
    EXPECT_EQ(statistics.count, (std::vector<double>{2, 1}));
    EXPECT_EQ(statistics.mean, (std::vector<double>{2, 10}));
    EXPECT_EQ(statistics.variance, (std::vector<double>{1, 0}));
    EXPECT_EQ(statistics.low, kind == ScaleKind::minmax ? (std::vector<double>{1, 10}) : std::vector<double>{});
    EXPECT_EQ(statistics.high, kind == ScaleKind::minmax ? (std::vector<double>{3, 10}) : std::vector<double>{});
    EXPECT_EQ(saved_form(kind, statistics), test::saved(scaler)) << to_string(kind);
  }
}

TEST(UnscaledFeatures, HaveAMeanWhereMissingValuesNeedOne) {
  Scaler scaler(ScaleKind::none, 0.001, 2, /*keep_means=*/true);
  scaler.observe(std::vector{1.0, 10.0});
  scaler.observe(std::vector{3.0, missing_value});
  EXPECT_EQ(scaled(scaler, {5, missing_value}), (std::vector<double>{5, 10}));
  EXPECT_EQ(scaled(scaler, {missing_value, 5}), (std::vector<double>{2, 5}));
}

}  // namespace
}  // namespace rekindle
