// Budget: which threshold keeps a detector's false alarms within so many per million values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekindle {

struct BudgetedThreshold {
  std::string parameter;
  double value = 0;
};

// From measurements on streams in which nothing changes (docs/false-alarms.md; `bench/false_alarms.cpp` makes them): the least strict
// of the measured thresholds that kept the budget at the worst of several error rates; the strictest where none did. Nothing for a
// detector without a free threshold (ecdd).
[[nodiscard]] std::optional<BudgetedThreshold> threshold_for_budget(std::string_view type, double alarms_per_million);

}  // namespace rekindle
