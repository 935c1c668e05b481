#include "drift/severity.hpp"

#include <gmock/gmock.h>

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

TEST(Severity, ComesBackAsItWasSaved) {
  const auto one = estimate(0.1, 0.4);
  SeverityEstimate other;
  ASSERT_TRUE(test::load_from(test::saved(one), other));
  EXPECT_EQ(other.size(0.5), one.size(0.5));
}

}  // namespace
}  // namespace rekindle
