#include "drift/policy.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Policy, NoneDoesNotEvenLook) { EXPECT_EQ(find_row(policies(), "none")->make({}), nullptr); }

TEST(Policy, DecidesBySeverity) {
  struct Row {
    const char* policy;
    DriftSeverity severity;
    bool restarts;
  };
  for (const auto& [policy, severity, restarts] : {Row{"alarm", DriftSeverity::mild, false},
                                                   {"alarm", DriftSeverity::extreme, false},
                                                   {"restart", DriftSeverity::mild, true},
                                                   {"restart", DriftSeverity::moderate, true},
                                                   {"restart", DriftSeverity::extreme, true}}) {
    const auto response = find_row(policies(), policy)->make({})->decide({severity, 0.5});
    EXPECT_EQ(response.restart, restarts) << policy;
    EXPECT_EQ(response.holds(), !restarts) << policy;
  }
}

TEST(Policy, RestartDropsAllAccumulatorsAndWarmsUp) {
  const auto response = find_row(policies(), "restart")->make({})->decide({});
  EXPECT_EQ(response.forget, 1);
  EXPECT_EQ(response.warmup, 100);
}

TEST(Policy, GradedAnswersBySizeAndAKindWins) {
  const auto graded = find_row(policies(), "graded")->make({});
  const auto mild = graded->decide({DriftSeverity::mild, 0.1});
  EXPECT_EQ(mild.bump, 2);
  EXPECT_EQ(mild.forget, 0.5);
  EXPECT_FALSE(mild.restart);
  const auto moderate = graded->decide({DriftSeverity::moderate, 0.3});
  EXPECT_FALSE(moderate.acts_at_once());
  EXPECT_THAT(moderate.trial, ::testing::ElementsAre(Challenger::restart, Challenger::fresh));
  const auto extreme = graded->decide({DriftSeverity::extreme, 0.9});
  EXPECT_TRUE(extreme.restart);
  EXPECT_EQ(extreme.forget, 1);
  EXPECT_THAT(extreme.trial, ::testing::ElementsAre(Challenger::fresh, Challenger::memory));
  EXPECT_TRUE(graded->decide({DriftSeverity::extreme, 0.9, DriftKind::burst}).holds());
  EXPECT_TRUE(graded->decide({DriftSeverity::extreme, 0.9, DriftKind::gradual}).cycle);
}

}  // namespace
}  // namespace rekindle
