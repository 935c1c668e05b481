#include "drift/budget.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <ranges>
#include <set>
#include <sstream>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

TEST(Budget, KnowsAThresholdOfEveryDetectorButEcdd) {
  for (const auto& row : detectors()) {
    const auto threshold = threshold_for_budget(row.name, 10);
    ASSERT_EQ(threshold.has_value(), row.name != "ecdd") << row.name;
    if (!threshold) continue;
    EXPECT_NO_THROW((void)test::make_detector(row.name, {{threshold->parameter, threshold->value}})) << row.name;
  }
}

// As they were measured; each is the last that keeps the budget, not the next to it.
TEST(Budget, IsOneTenOrAHundredAlarmsInAMillion) {
  struct Row {
    std::string type;
    double one, ten, hundred;
  };
  for (const auto& [type, one, ten, hundred] : {Row{"adwin", 0.002, 0.05, 0.5},
                                                {"page_hinkley", 200, 100, 50},
                                                {"kswin", 1e-5, 1e-4, 1e-3},
                                                {"cusum", 150, 75, 50},
                                                {"gma", 0.17, 0.14, 0.12},
                                                {"ddm", 4, 2.5, 2.5},
                                                {"eddm", 0.7, 0.8, 0.9},
                                                {"hddm_a", 1e-4, 1e-3, 0.01},
                                                {"hddm_w", 1e-8, 1e-6, 1e-5},
                                                {"fhddm", 1e-14, 1e-12, 1e-8},
                                                {"rddm", 3, 3, 2.258},
                                                {"stepd", 1e-7, 1e-7, 1e-4},
                                                {"psi", 0.1, 0.1, 0.07},
                                                {"ks", 1e-3, 1e-3, 0.01},
                                                {"wasserstein", 0.2, 0.16, 0.13}}) {
    EXPECT_EQ(threshold_for_budget(type, 1)->value, one) << type;
    EXPECT_EQ(threshold_for_budget(type, 10)->value, ten) << type;
    EXPECT_EQ(threshold_for_budget(type, 100)->value, hundred) << type;
  }
}

// threshold -> the worst figure of its row and of those below it, which are stricter; 0 is "none in two million".
using Tables = std::map<std::string, std::map<double, double>>;

Tables published_tables() {
  std::ifstream file(REKINDLE_DOCUMENTS "/false-alarms.md");
  std::map<std::string, std::vector<std::pair<double, double>>> rows;
  std::string type;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("### ")) type = line.substr(4);
    if (type.empty() || !line.starts_with("| ") || !std::isdigit(line[2])) continue;
    std::ranges::replace(line, '|', ' ');
    std::istringstream cells(line);
    double threshold = 0;
    double worst = 0;
    cells >> threshold;
    for (double cell = 0; cells >> cell;) worst = std::max(worst, cell);
    rows[type].emplace_back(threshold, worst);
  }
  Tables tables;
  for (const auto& [name, of_one] : rows) {
    double worst = 0.25;
    for (const auto& [threshold, alarms] : of_one | std::views::reverse) tables[name][threshold] = worst = std::max(worst, alarms);
  }
  return tables;
}

TEST(Budget, IsThatOfThePublishedTables) {
  const auto tables = published_tables();
  for (const auto& row : detectors()) EXPECT_EQ(tables.contains(row.name), row.name != "ecdd") << row.name;
  for (const auto& [type, thresholds] : tables) {
    std::set<double> budgets;
    for (const auto& [threshold, alarms] : thresholds) budgets.insert(alarms);
    for (const double budget : budgets) {
      const double exactly = threshold_for_budget(type, budget)->value;
      ASSERT_TRUE(thresholds.contains(exactly)) << type << " was not measured at " << exactly;
      EXPECT_EQ(thresholds.at(exactly), budget) << type << " at " << exactly;
      const double less = threshold_for_budget(type, budget * 0.999)->value;
      ASSERT_TRUE(thresholds.contains(less)) << type << " was not measured at " << less;
      EXPECT_EQ(thresholds.at(less), budget == *budgets.begin() ? budget : *std::prev(budgets.find(budget))) << type << " below " << budget;
    }
  }
}

TEST(Budget, TakesTheStricterThresholdForTheSmallerBudget) {
  EXPECT_LT(threshold_for_budget("adwin", 1)->value, threshold_for_budget("adwin", 50)->value);
  EXPECT_GT(threshold_for_budget("page_hinkley", 10)->value, threshold_for_budget("page_hinkley", 100)->value);
  EXPECT_EQ(threshold_for_budget("adwin", 1e-9)->value, threshold_for_budget("adwin", 1e-6)->value) << "beyond what was measured";
  EXPECT_EQ(threshold_for_budget("adwin", 1e9)->value, threshold_for_budget("adwin", 1e6)->value);
}

// Another seed than the measurement's, and a wide margin: 300,000 values see few alarms.
TEST(Budget, IsKept) {
  for (const std::string type : {"adwin", "page_hinkley", "cusum", "hddm_a", "stepd"}) {
    const auto threshold = threshold_for_budget(type, 100);
    auto detector = test::make_detector(type, {{threshold->parameter, threshold->value}});
    Random random(77);
    int rises = 0;
    for (int i = 0; i < 300'000; ++i) {
      const auto signal = detector->observe(random.uniform() < 0.2 ? 1 : 0);
      if (signal.level == DriftLevel::drift && signal.mean_after >= signal.mean_before) ++rises;
    }
    EXPECT_LE(rises, 60) << type << ": 30 expected at most";
  }
}

}  // namespace
}  // namespace rekindle
