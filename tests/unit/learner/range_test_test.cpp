#include "learner/range_test.hpp"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace rekindle
