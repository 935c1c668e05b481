#include "drift/two_sample.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"

namespace rekindle {
namespace {

TEST(TwoSample, PValuesAreExactForAFewValues) {
  // Of the 20 orders of 3 and 3 values two are apart by 1, ten more by 2/3 or more.
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(3, 3, 3), 0.1);
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(3, 3, 2), 0.6);
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(3, 3, 1), 1);
  // Of the three orders of 2 and 1 values two are apart by 1.
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(2, 1, 2), 2.0 / 3);
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(2, 1, 0), 1);
  EXPECT_DOUBLE_EQ(kolmogorov_smirnov_p(2, 1, 3), 0);
}

TEST(TwoSample, TheCriticalDistanceIsTheFirstSignificantOne) {
  for (const auto& [m, n] : {std::pair{30, 30}, {100, 50}, {37, 23}, {5, 5}}) {
    for (const double alpha : {0.5, 0.05, 1e-4, 1e-12}) {
      const auto h = kolmogorov_smirnov_critical(m, n, alpha);
      EXPECT_LE(kolmogorov_smirnov_p(m, n, h), alpha) << m << " " << n << " " << alpha;
      EXPECT_GT(kolmogorov_smirnov_p(m, n, h - 1), alpha) << m << " " << n << " " << alpha;
    }
  }
}

TEST(TwoSample, LargeSamplesOfTwoSizesGoByTheLimit) {
  const double exact = kolmogorov_smirnov_p(3000, 3300, 1320);  // A distance of 0.04.
  const double limit = kolmogorov_smirnov_p(3030, 3333, 1333);
  EXPECT_NEAR(limit, exact, 0.2 * exact);
}

TEST(TwoSample, DistancesOfEqualSamplesAreZero) {
  const std::vector<double> values = {-1, 0, 0, 2};
  EXPECT_EQ(kolmogorov_smirnov(values, values), 0);
  EXPECT_EQ(wasserstein(values, values), 0);
  EXPECT_EQ(psi_part(0.25, 0.25), 0);
}

TEST(TwoSample, WassersteinIsTheShiftOfAShiftedSample) {
  Random random(3);
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(random.normal());
  std::ranges::sort(values);
  auto shifted = values;
  for (auto& value : shifted) value += 2.5;
  EXPECT_NEAR(wasserstein(values, shifted), 2.5, 1e-12);
  EXPECT_NEAR(wasserstein(shifted, values), 2.5, 1e-12);
}

TEST(TwoSample, EmptySharesCostALittleNotEverything) {
  EXPECT_NEAR(psi_part(0.1, 0), (1e-4 - 0.1) * std::log(1e-3), 1e-12);
  EXPECT_EQ(psi_part(0, 0), 0);
}

}  // namespace
}  // namespace rekindle
