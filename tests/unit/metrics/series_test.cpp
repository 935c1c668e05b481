#include "metrics/series.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace rekindle {
namespace {

// Names are a contract: dashboards and alerts of others use them.
TEST(Series, AreTheOnesThatWerePromised) {
  if (std::getenv("REKINDLE_APPROVE") != nullptr) std::ofstream(REKINDLE_SERIES_FILE) << describe_series();
  std::ifstream in(REKINDLE_SERIES_FILE);
  const std::string promised{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(describe_series(), promised) << "If this is meant: REKINDLE_APPROVE=1 renews metrics/series.txt; name it in the change log.";
}

TEST(Series, FollowTheNamingRules) {
  std::set<std::string_view> seen;
  for (const auto& one : all_series()) {
    const std::string name(one.name);
    EXPECT_TRUE(seen.insert(one.name).second) << name << " is there twice";
    EXPECT_TRUE(name.starts_with("rekindle_") || name.starts_with("process_")) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name;
    EXPECT_EQ(name.find("__"), std::string::npos) << name;
    EXPECT_EQ(name.ends_with("_total"), one.type == SeriesType::counter) << name;
    EXPECT_FALSE(name.ends_with("_ms") || name.ends_with("_percent")) << name << " is not in base units";
    EXPECT_TRUE(one.help.ends_with('.')) << name;
    EXPECT_EQ(one.help.find('\n'), std::string_view::npos) << name;
  }
}

TEST(Series, HaveNoLabelThatIsReservedOrRepeatsTheName) {
  for (const auto& one : all_series()) {
    for (const auto& label : one.labels) {
      EXPECT_NE(label.name, "le") << one.name;
      EXPECT_FALSE(label.name.starts_with("__")) << one.name;
    }
  }
}

}  // namespace
}  // namespace rekindle
