#include <gmock/gmock.h>

#include "unit/schedule/parts.hpp"

namespace rekindle {
namespace {

using test::Entries;
using test::make_schedule;

double rate(const char* decay, double step) {
  return make_schedule("wsd", {{"stable_steps", 100}, {"decay_steps", 20}, {"eta_min", 0.2}, {"decay", decay}}, 1)->rate_at(step);
}

TEST(WarmupStableDecay, KeepsTheRateThenFallsToItsFloorAndStaysThere) {
  for (const auto* decay : {"linear", "cosine", "sqrt"}) {
    EXPECT_EQ(rate(decay, 0), 1) << decay;
    EXPECT_EQ(rate(decay, 100), 1) << decay;
    EXPECT_NEAR(rate(decay, 120), 0.2, 1e-15) << decay;
    EXPECT_NEAR(rate(decay, 1e12), 0.2, 1e-15) << decay;
  }
}

TEST(WarmupStableDecay, FallsInTheFormThatIsAskedFor) {
  EXPECT_DOUBLE_EQ(rate("linear", 105), 0.2 + 0.8 * 0.75);
  EXPECT_DOUBLE_EQ(rate("cosine", 110), 0.6);
  EXPECT_DOUBLE_EQ(rate("sqrt", 105), 0.6);
}

}  // namespace
}  // namespace rekindle
