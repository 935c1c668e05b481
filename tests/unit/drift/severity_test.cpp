#include "drift/severity.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/choices.hpp"

namespace rekindle {
namespace {

// After many samples at one error and fifty or more at another.
SeverityEstimate estimate(double usual, double recent) {
  SeverityEstimate out;
  for (int i = 0; i < 20'000; ++i) out.observe(usual);
  for (int i = 0; i < 300; ++i) out.observe(recent);
  return out;
}

TEST(Severity, IsGradedByTheWayToChance) {
  struct Row {
    double usual;
    double recent;
    double chance;
    DriftSeverity grade;
  };
  for (const auto& [usual, recent, chance, grade] : {Row{0.1, 0.1, 0.5, DriftSeverity::mild},
                                                     {0.1, 0.12, 0.5, DriftSeverity::mild},
                                                     {0.1, 0.3, 0.5, DriftSeverity::moderate},
                                                     {0.1, 0.5, 0.5, DriftSeverity::extreme},
                                                     {0.1, 0.9, 0.5, DriftSeverity::extreme},
                                                     {0.3, 0.1, 0.5, DriftSeverity::mild},
                                                     {0.48, 0.5, 0.5, DriftSeverity::moderate}}) {
    EXPECT_EQ(estimate(usual, recent).grade(chance), grade) << usual << " to " << recent;
  }
}

TEST(Severity, IsTheWayToChanceOfWhichAFewPercentAreAlwaysLeft) {
  EXPECT_DOUBLE_EQ(severity_size(0.3, 0.1, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(severity_size(0.05, 0.1, 0.5), -0.125);
  EXPECT_DOUBLE_EQ(severity_size(0.13, 0.1, 0.17), 3.0 / 7);
  EXPECT_DOUBLE_EQ(severity_size(0.13, 0.1, 0.12), 0.6);
  EXPECT_DOUBLE_EQ(severity_size(0.13, 0.1, 0), 0.6);
}

TEST(Severity, AGradeBeginsAtItsBound) {
  EXPECT_EQ(severity_grade(std::nextafter(0.15, 0)), DriftSeverity::mild);
  EXPECT_EQ(severity_grade(0.15), DriftSeverity::moderate);
  EXPECT_EQ(severity_grade(std::nextafter(0.75, 0)), DriftSeverity::moderate);
  EXPECT_EQ(severity_grade(0.75), DriftSeverity::extreme);
}

// 40 of 100 and 30 of 50: z = 0.2 / sqrt(7/15 8/15 3/100) = 2.3145502, whose two tails hold 0.0206376.
TEST(Severity, TwoSharesAreComparedByTheNormalTest) {
  const double z = 0.2 / std::sqrt(7.0 / 15 * 8 / 15 * 0.03);
  const double p = two_shares_p(0.4, 100, 0.6, 50);
  EXPECT_NEAR(z, 2.3145502, 1e-7);
  EXPECT_NEAR(p, 0.0206376, 1e-7);
  EXPECT_DOUBLE_EQ(two_shares_p(0.6, 50, 0.4, 100), p);
  EXPECT_DOUBLE_EQ(two_shares_p(0.6, 100, 0.4, 50), p);
  EXPECT_EQ(two_shares_p(0.4, 100, 0.4, 50), 1);
}

TEST(Severity, TwoSharesWithoutAnySpreadDoNotDiffer) {
  EXPECT_EQ(two_shares_p(0, 10, 0, 20), 1);
  EXPECT_EQ(two_shares_p(1, 10, 1, 20), 1);
}

TEST(Severity, ComesBackAsItWasSaved) {
  const auto one = estimate(0.1, 0.4);
  SeverityEstimate other;
  ASSERT_TRUE(test::load_from(test::saved(one), other));
  EXPECT_EQ(other.size(0.5), one.size(0.5));
}

}  // namespace
}  // namespace rekindle
