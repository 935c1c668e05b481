#include "learner/range_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "support/learners.hpp"

namespace rekindle {
namespace {

// Falls around lr = 0.01, explodes above 1.
double made_loss(double lr) { return 0.2 + 0.6 / (1 + std::exp(4 * std::log10(lr / 0.01))) + (lr > 1 ? 10 * (lr - 1) : 0); }

RangeTest swept(double low, double high, int steps) {
  RangeTest test;
  for (int k = 0; k < steps; ++k) {
    const double lr = low * std::pow(high / low, k / (steps - 1.0));
    test.observe(lr, made_loss(lr));
  }
  return test;
}

TEST(RangeTest, SuggestsTheSteepestFallAndSeesTheExplosion) {
  const auto found = swept(1e-5, 10, 3000).result();
  ASSERT_TRUE(found);
  EXPECT_GT(found->steepest, 0.005);
  EXPECT_LT(found->steepest, 0.02);
  EXPECT_GT(found->valley, 0.3);
  ASSERT_TRUE(found->diverged);
  EXPECT_GT(*found->diverged, 1);
}

// The loss rises behind its valley and falls back, further at once than it ever fell.
TEST(RangeTest, SuggestsNoRateBehindTheValley) {
  RangeTest test;
  for (int k = 0; k < 3000; ++k) {
    const double lr = 1e-5 * std::pow(1e6, k / 2999.0);
    test.observe(lr, made_loss(std::min(lr, 1.0)) + (lr > 0.5 && lr < 2 ? 0.3 : 0));
  }
  const auto found = test.result();
  ASSERT_TRUE(found);
  EXPECT_GT(found->steepest, 0.005);
  EXPECT_LT(found->steepest, 0.02);
}

TEST(RangeTest, SuggestsNothingWhereTheLossNeverFalls) {
  RangeTest test;
  for (int k = 0; k < 1000; ++k) test.observe(1e-4 * k, 1 + k);
  EXPECT_FALSE(test.result());
  EXPECT_FALSE(RangeTest().result());
}

// A learner that knows its stream: little to lose, and much at each label that is noise. A quiet spell is no valley to explode from.
TEST(RangeTest, TakesRareGreatLossesForNoExplosion) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    RangeTest test;
    std::mt19937 random(seed);
    for (int k = 0; k < 3000; ++k) test.observe(1e-5 * std::pow(1e6, k / 2999.0), random() % 20 == 0 ? 4 : 0.05);
    EXPECT_EQ(test.size(), 3000U) << seed;
  }
}

TEST(RangeTest, EndsAtALossThatIsNoNumber) {
  auto test = swept(1e-5, 0.1, 1000);
  const auto before = test.result();
  test.observe(0.2, std::numeric_limits<double>::quiet_NaN());
  test.observe(0.3, 0.1);
  EXPECT_EQ(test.size(), 1000U);
  EXPECT_EQ(test.result()->steepest, before->steepest);
  EXPECT_TRUE(test.result()->diverged);
}

TEST(RangeTest, ThinsItsCurve) {
  const auto test = swept(1e-5, 0.1, 1000);
  EXPECT_EQ(test.curve(50).size(), 50U);
  EXPECT_EQ(test.curve(5000).size(), 1000U);
  EXPECT_EQ(test.curve(50).front().lr, 1e-5);
}

TEST(RangeTest, SweepsALearnerFromTheLowestRateToTheHighest) {
  const auto spec = range_test_spec(test::spec_of({}), 1e-4, 1, 500);
  const RateControl rate(spec.member.schedule);
  EXPECT_DOUBLE_EQ(rate.rate({.samples = 0}), 1e-4);
  EXPECT_NEAR(rate.rate({.samples = 499}), 1, 1e-9);
}

// What the test says of a curve, straight from the definition: the mean of as many points before and behind each, a twelfth of all of them,
// falls furthest at the suggestion; what lies before the average has settled, and behind the valley, does not count.
std::optional<RangeResult> defined_by(const std::vector<RangePoint>& points) {
  const std::size_t n = points.size();
  const std::size_t half = n / 12;
  if (half == 0) return std::nullopt;
  const std::size_t begin = half + std::min<std::size_t>(50, n / 10);
  std::size_t valley = begin;
  for (std::size_t i = begin; i < n; ++i) {
    if (points[i].loss < points[valley].loss) valley = i;
  }
  const auto mean = [&](std::size_t from) {
    double sum = 0;
    for (std::size_t i = from; i < from + half; ++i) sum += points[i].loss;
    return sum / static_cast<double>(half);
  };
  double steepest = 1e-9;  // What falls by less than that only falls by rounding.
  std::optional<RangeResult> out;
  for (std::size_t i = begin; i <= valley && i + half < n; ++i) {
    const double fall = mean(i - half) - mean(i);
    if (fall <= steepest) continue;
    steepest = fall;
    out = RangeResult{points[i].lr, points[valley].lr, std::nullopt};
  }
  return out;
}

TEST(RangeTest, FindsWhatItsDefinitionFindsOnCurvesOfAnyLength) {
  std::mt19937 random(7);
  int found = 0;
  for (std::size_t n = 1; n <= 700; n += n < 60 ? 1 : 23) {
    for (int round = 0; round < 4; ++round) {
      RangeTest test;
      // Steps, so that the valley and the steepest fall may lie anywhere.
      double level = 1;
      for (std::size_t k = 0; k < n; ++k) {
        if (random() % (1 + n / 8) == 0) level = 1 + static_cast<double>(random() % 1000) / 1000;
        test.observe(static_cast<double>(k + 1), level + static_cast<double>(random() % 100) / 1000);
      }
      ASSERT_EQ(test.size(), n);
      const auto result = test.result();
      const auto expected = defined_by(test.curve(n));
      ASSERT_EQ(result.has_value(), expected.has_value()) << n;
      if (!result) continue;
      ++found;
      EXPECT_EQ(result->valley, expected->valley) << n;
      EXPECT_EQ(result->steepest, expected->steepest) << n;
      EXPECT_FALSE(result->diverged);
    }
  }
  EXPECT_GT(found, 150);
}

// A start below all that follows makes the fall steeper still behind the valley.
TEST(RangeTest, LooksForTheSteepestFallUpToTheValleyAndNoFurther) {
  RangeTest test;
  for (int k = 0; k < 1200; ++k) test.observe(k, k < 60 ? 0 : (k < 110 ? 30 : (k < 160 ? 0 : 8)));
  const auto found = test.result();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->valley, 159);
  EXPECT_EQ(found->steepest, 159);
}

TEST(RangeTest, SmoothsTheLossByATwoPerCentAverageFreeOfItsStart) {
  RangeTest test;
  std::vector<double> losses;
  for (int k = 0; k < 300; ++k) {
    losses.push_back(1 + std::sin(k));
    test.observe(k, losses.back());
  }
  const auto curve = test.curve(300);
  ASSERT_EQ(curve.size(), 300U);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    double sum = 0;
    double mass = 0;
    for (std::size_t k = 0; k <= i; ++k) {
      const double weight = std::pow(0.98, static_cast<double>(i - k));
      sum += weight * losses[k];
      mass += weight;
    }
    EXPECT_NEAR(curve[i].loss, sum / mass, 1e-9) << i;
    EXPECT_EQ(curve[i].lr, static_cast<double>(i));
  }
}

// The average over 200 or so means something from 400 samples on; what it is then is the first that it can explode from.
TEST(RangeTest, SeesAnExplosionFromTheSampleOnAtWhichTheSlowAverageHasSettled) {
  const auto size_after = [](std::size_t quiet, double loud) {
    RangeTest test;
    for (std::size_t k = 0; k < quiet; ++k) test.observe(1, 1);
    test.observe(1, loud);
    for (int k = 0; k < 10; ++k) test.observe(1, 1);
    return test.size();
  };
  EXPECT_EQ(size_after(400, 1e6), 411U) << "the first is the lowest so far";
  EXPECT_EQ(size_after(401, 1e6), 402U);
  // After so long the average gives the newest loss a weight of 0.005: four times the lowest is 601.
  EXPECT_EQ(size_after(3000, 600.9), 3011U);
  EXPECT_EQ(size_after(3000, 601.1), 3001U);
}

TEST(RangeTest, TakesALossOfNothingForNoExplosion) {
  RangeTest test;
  for (int k = 0; k < 1000; ++k) test.observe(1, 0);
  EXPECT_EQ(test.size(), 1000U);
}

TEST(RangeTest, SweepsInNoFewerThanTwoSamplesAndHoldsNoneOut) {
  auto recipe = test::Recipe{};
  recipe.validation_every = 5;
  for (const std::uint64_t samples : {0, 1, 2}) {
    const auto spec = range_test_spec(test::spec_of(recipe), 1e-4, 1, samples);
    EXPECT_EQ(spec.validation_every, 0U);
    const RateControl rate(spec.member.schedule);
    EXPECT_DOUBLE_EQ(rate.rate({.samples = 0}), 1e-4);
    EXPECT_NEAR(rate.rate({.samples = 1}), 1, 1e-9) << samples;
  }
}

}  // namespace
}  // namespace rekindle
