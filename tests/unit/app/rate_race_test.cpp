#include "app/rate_race.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace rekindle {
namespace {

using testing::Eq;

constexpr double infinite = std::numeric_limits<double>::infinity();

TEST(BestRate, IsTheLowestPointOfAParabolaBetweenTheRatesThatRan) {
  std::vector<RacedRate> race;
  for (const double lr : {0.001, 0.01, 0.1, 1.0}) race.push_back({lr, 0.3 + std::pow(std::log10(lr / 0.02), 2)});
  EXPECT_NEAR(best_rate(race).value(), 0.02, 1e-9);
}

TEST(BestRate, IsARateThatRanWhereThereIsNothingBeyond) {
  EXPECT_EQ(best_rate(std::vector<RacedRate>{{0.1, 0.5}, {1, 0.6}}), 0.1);
  EXPECT_EQ(best_rate(std::vector<RacedRate>{{0.1, 0.5}, {1, 0.4}}), 1);
  EXPECT_EQ(best_rate(std::vector<RacedRate>{{0.1, 0.5}, {1, 0.4}, {10, infinite}}), 1);
  EXPECT_EQ(best_rate(std::vector<RacedRate>{{0.1, 0.5}, {1, 0.5}, {10, 0.5}}), 0.1);
}

TEST(BestRate, IsNoneThatExploded) {
  EXPECT_EQ(best_rate(std::vector<RacedRate>{{0.1, std::nan("")}, {1, 0.7}}), 1);
  EXPECT_THAT(best_rate(std::vector<RacedRate>{{0.1, std::nan("")}, {1, infinite}}), Eq(std::nullopt));
  EXPECT_THAT(best_rate({}), Eq(std::nullopt));
}

}  // namespace
}  // namespace rekindle
