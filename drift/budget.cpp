#include "drift/budget.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rekindle {

namespace {

struct Measured {
  double per_million;  // The most alarms of any error rate, at this threshold and all stricter ones.
  double value;        // Of the threshold.
};

struct Calibration {
  std::string_view type;
  const char* parameter;
  std::vector<Measured> points;  // From many alarms to few.
};

// No alarm in two million values counts as a quarter of one in a million.
const std::vector<Calibration>& calibrations() {
  static const std::vector<Calibration> all = {
      {"adwin", "delta", {{99, 0.5}, {31.5, 0.2}, {5, 0.05}, {2, 0.01}, {0.5, 0.002}, {0.25, 2e-4}}},
      {"page_hinkley", "threshold", {{1822.5, 10}, {423.5, 20}, {111.5, 35}, {50, 50}, {21.5, 75}, {9.5, 100}, {5, 150}, {1, 200}}},
      {"kswin", "alpha", {{230.5, 0.01}, {108, 0.003}, {44, 1e-3}, {16, 3e-4}, {5.5, 1e-4}, {1, 1e-5}, {0.25, 1e-6}}},
      {"cusum", "lambda", {{1833, 10}, {432.5, 20}, {116.5, 35}, {36, 50}, {8.5, 75}, {3, 100}, {0.5, 150}}},
      {"gma", "lambda", {{521, 0.08}, {145.5, 0.1}, {27, 0.12}, {4, 0.14}, {0.25, 0.17}}},
      {"ddm", "drift_threshold", {{4, 2.5}, {2.5, 3}, {0.5, 4}, {0.25, 5}}},
      {"eddm", "beta", {{33.5, 0.9}, {6.5, 0.8}, {1, 0.7}, {0.25, 0.6}}},
      {"hddm_a", "drift_confidence", {{1192.5, 0.1}, {304, 0.03}, {35.5, 0.01}, {4, 1e-3}, {1, 1e-4}, {0.25, 1e-5}}},
      {"hddm_w", "drift_confidence", {{2291.5, 0.01}, {699.5, 1e-3}, {192.5, 1e-4}, {44.5, 1e-5}, {9, 1e-6}, {1.5, 1e-7}, {0.25, 1e-8}}},
      {"fhddm",
       "confidence_level",
       {{1066.5, 1e-3},
        {622, 1e-4},
        {409, 1e-5},
        {208.5, 1e-6},
        {125, 1e-7},
        {68, 1e-8},
        {38, 1e-9},
        {29, 1e-10},
        {6, 1e-12},
        {1, 1e-14},
        {0.25, 1e-17}}},
      {"rddm", "drift_level", {{72, 2.258}, {52, 3}}},
      {"stepd", "alpha_d", {{734.5, 0.01}, {365, 0.003}, {220, 1e-3}, {76, 1e-4}, {16.5, 1e-5}, {14, 1e-6}, {3.5, 1e-7}}},
      {"psi", "threshold", {{534.5, 0.03}, {191, 0.05}, {20, 0.07}, {0.25, 0.1}}},
      {"ks", "alpha", {{290.5, 0.1}, {26, 0.01}, {1, 1e-3}, {0.25, 1e-4}}},
      {"wasserstein", "threshold", {{303, 0.1}, {71.5, 0.13}, {7.5, 0.16}, {0.25, 0.2}}},
  };
  return all;
}

}  // namespace

std::optional<BudgetedThreshold> threshold_for_budget(std::string_view type, double alarms_per_million) {
  const auto found = std::ranges::find(calibrations(), type, &Calibration::type);
  if (found == calibrations().end()) return std::nullopt;
  const auto& points = found->points;
  if (alarms_per_million >= points.front().per_million) return BudgetedThreshold{found->parameter, points.front().value};
  for (std::size_t i = 1; i < points.size(); ++i) {
    // The next stricter one that was measured: a budget is an upper bound, and between two points a threshold would be a guess.
    if (alarms_per_million >= points[i].per_million) return BudgetedThreshold{found->parameter, points[i].value};
  }
  return BudgetedThreshold{found->parameter, points.back().value};
}

}  // namespace rekindle
