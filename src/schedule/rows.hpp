// One function for each schedule's registry row; `registry.cpp` lists them.
#pragma once

#include "schedule/schedule.hpp"

namespace rekindle {

[[nodiscard]] ScheduleRow constant_row();
[[nodiscard]] ScheduleRow exponential_row();
[[nodiscard]] ScheduleRow step_row();
[[nodiscard]] ScheduleRow multistep_row();
[[nodiscard]] ScheduleRow piecewise_row();
[[nodiscard]] ScheduleRow polynomial_row();
[[nodiscard]] ScheduleRow linear_row();
[[nodiscard]] ScheduleRow cosine_row();
[[nodiscard]] ScheduleRow cosine_restarts_row();
[[nodiscard]] ScheduleRow cyclic_row();
[[nodiscard]] ScheduleRow one_cycle_row();
[[nodiscard]] ScheduleRow inverse_time_row();
[[nodiscard]] ScheduleRow inverse_sqrt_row();
[[nodiscard]] ScheduleRow power_row();
[[nodiscard]] ScheduleRow wsd_row();
[[nodiscard]] ScheduleRow plateau_row();
[[nodiscard]] ScheduleRow repeat_row();
[[nodiscard]] ScheduleRow sequence_row();
[[nodiscard]] ScheduleRow product_row();

}  // namespace rekindle
