#include "drift/two_sample.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
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

// By counting: each order of m and n values is as likely as any other. The last bit of `order` is the smallest value.
double counted_p(int m, int n, std::int64_t h) {
  double all = 0;
  double far = 0;
  for (unsigned order = 0; order < 1U << static_cast<unsigned>(m + n); ++order) {
    if (std::popcount(order) != m) continue;
    std::int64_t furthest = 0;
    int i = 0;
    int j = 0;
    for (int k = 0; k < m + n; ++k) {
      ((order >> static_cast<unsigned>(k) & 1U) != 0 ? i : j) += 1;
      furthest = std::max<std::int64_t>(furthest, std::abs(i * n - j * m));
    }
    all += 1;
    far += furthest * std::lcm(m, n) >= h * m * n ? 1 : 0;
  }
  return far / all;
}

TEST(TwoSample, PValuesAreTheShareOfAllOrders) {
  for (const auto& [m, n] : {std::pair{1, 1}, {1, 2}, {1, 5}, {4, 1}, {2, 3}, {4, 4}, {4, 6}, {6, 4}, {5, 7}, {6, 6}}) {
    for (std::int64_t h = 0; h <= std::lcm(m, n) + 1; ++h) {
      EXPECT_NEAR(kolmogorov_smirnov_p(m, n, h), counted_p(m, n, h), 1e-12) << m << " " << n << " " << h;
    }
  }
}

TEST(TwoSample, NoPValueIsAboveOne) {
  for (std::int64_t n = 1; n <= 300; ++n) {
    EXPECT_LE(kolmogorov_smirnov_p(n, n, 1), 1) << n;
    EXPECT_NEAR(kolmogorov_smirnov_p(n, n, 1), 1, 1e-12) << n;
  }
  for (std::int64_t h = 1; h < 20'000; h += 10) EXPECT_LE(kolmogorov_smirnov_p(10'000, 20'000, h), 1) << h;
}

// Kolmogorov's distribution in its other form, which converges for small x where the usual one does not; with Stephens' correction.
double limit_of(double m, double n, double distance) {
  const double root = std::sqrt(m * n / (m + n));
  const double x = (root + 0.12 + 0.11 / root) * distance;
  double below = 0;
  for (int k = 1; k < 200; k += 2) below += std::exp(-k * k * std::numbers::pi * std::numbers::pi / (8 * x * x));
  return 1 - std::sqrt(2 * std::numbers::pi) / x * below;
}

// Two of 5001 and 2000 values are just too many for counting paths, 5000 and 2000 are not.
TEST(TwoSample, FromTenMillionPairsOnTheLimitIsTaken) {
  for (const std::int64_t h : {50'000, 80'000, 100'000, 150'000, 300'000, 500'000}) {
    const double distance = static_cast<double>(h) / (5001.0 * 2000);
    EXPECT_NEAR(kolmogorov_smirnov_p(5001, 2000, h), limit_of(5001, 2000, distance), 1e-12) << h;
    EXPECT_NEAR(kolmogorov_smirnov_p(2000, 5001, h), limit_of(5001, 2000, distance), 1e-12) << h;
  }
  const double exact = kolmogorov_smirnov_p(5000, 2000, 350);
  const double limit = limit_of(5000, 2000, 350 / 10'000.0);
  EXPECT_NEAR(exact, limit, 0.1 * limit);
  EXPECT_GT(std::abs(exact - limit), 1e-6);
  // The correction is a small part of it where the samples are large: here root is 1.29.
  EXPECT_NEAR(kolmogorov_smirnov_p(5'000'001, 2, 4'000'000), limit_of(5'000'001, 2, 4'000'000 / 10'000'002.0), 1e-12);
}

TEST(TwoSample, TheLimitIsOneWhereTheDistanceIsNothing) {
  EXPECT_EQ(kolmogorov_smirnov_p(5001, 2000, 1), 1);
  EXPECT_EQ(kolmogorov_smirnov_p(5001, 2000, 5001 * 2000 + 1), 0);
}

TEST(TwoSample, TheCriticalDistanceIsThatOfALookAtEveryOne) {
  for (const auto& [m, n] : {std::pair{1, 1}, {1, 2}, {2, 2}, {2, 7}, {5, 5}, {4, 6}, {9, 12}, {30, 30}, {31, 17}}) {
    for (const double alpha : {0.999, 0.9, 0.5, 0.1, 0.01, 1e-4, 1e-9}) {
      std::int64_t h = 1;
      while (kolmogorov_smirnov_p(m, n, h) > alpha) ++h;
      EXPECT_EQ(kolmogorov_smirnov_critical(m, n, alpha), h) << m << " " << n << " " << alpha;
    }
  }
  // At exactly the significance it is significant.
  EXPECT_EQ(kolmogorov_smirnov_critical(3, 3, kolmogorov_smirnov_p(3, 3, 3)), 3);
  EXPECT_EQ(kolmogorov_smirnov_critical(3, 3, std::nextafter(kolmogorov_smirnov_p(3, 3, 3), 0)), 4);
}

// Distribution functions 0, 1/2, 1/2, 1 and 1/3, 1/3, 2/3, 1 from 0, 1, 2 and 4 on.
TEST(TwoSample, DistancesOfTwoSmallSamplesAreThoseByHand) {
  const std::vector<double> a = {1, 4};
  const std::vector<double> b = {0, 2, 4};
  EXPECT_EQ(kolmogorov_smirnov(a, b), 2);  // Of 1/6.
  EXPECT_EQ(kolmogorov_smirnov(b, a), 2);
  EXPECT_NEAR(wasserstein(a, b), 1.0 / 3 + 1.0 / 6 + 2.0 / 6, 1e-15);
  EXPECT_NEAR(wasserstein(b, a), 1.0 / 3 + 1.0 / 6 + 2.0 / 6, 1e-15);
  const std::vector<double> one = {7};
  EXPECT_EQ(kolmogorov_smirnov(one, b), 3);
  EXPECT_EQ(wasserstein(one, b), 5);
  EXPECT_EQ(wasserstein(b, one), 5);
}

TEST(TwoSample, QuantileEdgesLieBetweenValuesAsWithNumpy) {
  using ::testing::ElementsAre;
  EXPECT_THAT(quantile_edges(std::vector<double>{0, 1, 3}, 4), ElementsAre(0.5, 1, 2));
  EXPECT_THAT(quantile_edges(std::vector<double>{0, 1, 3, 7, 15}, 2), ElementsAre(3));
  EXPECT_THAT(quantile_edges(std::vector<double>{0, 1, 3, 7, 15}, 5),
              ElementsAre(::testing::DoubleEq(0.8), ::testing::DoubleEq(2.2), ::testing::DoubleEq(4.6), ::testing::DoubleEq(8.6)));
  EXPECT_THAT(quantile_edges(std::vector<double>{0, 1, 3}, 1), ElementsAre());
  EXPECT_THAT(quantile_edges(std::vector<double>{5}, 3), ElementsAre(5, 5));
}

TEST(TwoSample, AnEdgeBelongsToTheBinAboveIt) {
  const std::vector<double> edges = {0, 1};
  EXPECT_EQ(bin_of(edges, -0.5), 0);
  EXPECT_EQ(bin_of(edges, 0), 1);
  EXPECT_EQ(bin_of(edges, 0.5), 1);
  EXPECT_EQ(bin_of(edges, 1), 2);
  EXPECT_EQ(bin_of({}, 1), 0);
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
