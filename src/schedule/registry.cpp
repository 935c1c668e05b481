#include <array>

#include "schedule/rows.hpp"

namespace rekindle {

std::span<const ScheduleRow> schedules() {
  static const std::array rows = {
      constant_row(), exponential_row(),     step_row(),   multistep_row(), piecewise_row(),    polynomial_row(),   linear_row(),
      cosine_row(),   cosine_restarts_row(), cyclic_row(), one_cycle_row(), inverse_time_row(), inverse_sqrt_row(), power_row(),
      wsd_row(),      plateau_row(),         repeat_row(), sequence_row(),  product_row(),
  };
  return rows;
}

ParameterSpec base_rate_parameter() { return real("lr").at_least(0).means("base learning rate; default by optimizer"); }

}  // namespace rekindle
