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
  for (const auto& [policy, severity, restarts] :
       {Row{"alarm", DriftSeverity::mild, false}, {"alarm", DriftSeverity::extreme, false}, {"restart", DriftSeverity::mild, true},
        {"restart", DriftSeverity::moderate, true}, {"restart", DriftSeverity::extreme, true}}) {
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

}  // namespace
}  // namespace rekindle
