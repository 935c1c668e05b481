// Schedules inside schedules: how `repeat`, `sequence` and `product` check and build their parts.
#pragma once

#include <string>
#include <vector>

#include "schedule/schedule.hpp"

namespace rekindle {

// For RegistryRow::check_nested: the parts under `schedule` (one table) or `schedules` (several), to any depth.
void check_part(Parameters& p, const std::string& prefix, Diagnostics& diagnostics);
void check_parts(Parameters& p, const std::string& prefix, Diagnostics& diagnostics);

// A part that passed the check. It inherits `lr` unless it names its own.
[[nodiscard]] SchedulePointer make_part(const Value& part, double lr);
[[nodiscard]] std::vector<SchedulePointer> make_parts(const Parameters& p, double lr);

}  // namespace rekindle
