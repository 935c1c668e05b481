#include "base/moving.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace rekindle {
namespace {

TEST(FadingMean, IsThePlainMeanUntilItHasSeenOneOverAlpha) {
  FadingMean mean(0.1);
  double sum = 0;
  for (int i = 1; i <= 10; ++i) {
    mean.observe(i * i);
    sum += i * i;
    EXPECT_NEAR(mean.value(), sum / i, 1e-12);
  }
}

TEST(FadingMean, ThenForgetsExponentially) {
  FadingMean mean(0.1);
  for (int i = 0; i < 10; ++i) mean.observe(0);
  double expected = 0;
  for (int i = 0; i < 50; ++i) {
    mean.observe(1);
    expected += 0.1 * (1 - expected);
    EXPECT_NEAR(mean.value(), expected, 1e-12);
  }
}

// Asked without a division as soon as it can be, and the same number.
TEST(FadingShare, IsOneOverTheCountUntilThatIsAlpha) {
  for (const double alpha : {1.0, 0.5, 0.3, 0.02, 1.0 / 2000, 1.0 / 3, 0.0}) {
    FadingShare share(alpha);
    for (int count = 1; count < 5000; ++count) EXPECT_EQ(share.next(), std::max(alpha, 1.0 / count)) << alpha << " " << count;
  }
}

TEST(FadingMean, StartsAnewAfterAReset) {
  FadingMean mean(0.5);
  mean.observe(100);
  mean.reset();
  EXPECT_EQ(mean.count(), 0U);
  mean.observe(3);
  EXPECT_EQ(mean.value(), 3);
}

}  // namespace
}  // namespace rekindle
