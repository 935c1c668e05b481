// Schedules of the reference files, built and compared step by step.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "golden_file.hpp"
#include "schedule/warmup.hpp"

namespace rekindle::test {

[[nodiscard]] inline SchedulePointer build(const std::string& type, Table given, double lr) {
  const auto choice = choose(schedules(), type, std::move(given));
  return choice.row->make(choice.parameters, lr);
}

[[nodiscard]] inline Value part(const std::string& type, Table given) {
  given.set("type", Value(type), {});
  return Value(std::move(given));
}

// Up to `end`, from where on the two differ on purpose.
inline void expect_rates(const LearningRateSchedule& schedule, const std::vector<double>& theirs, double relative,
                         double end = std::numeric_limits<double>::infinity()) {
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const auto step = static_cast<double>(i);
    if (step > end) break;
    ASSERT_TRUE(close(schedule.rate_at(step), theirs[i], relative, 1e-18)) << "step " << i;
  }
}

}  // namespace rekindle::test
