// One function for each optimizer's registry row; `registry.cpp` lists them.
#pragma once

#include "optimizer/optimizer.hpp"

namespace rekindle {

[[nodiscard]] OptimizerRow sgd_row();
[[nodiscard]] OptimizerRow momentum_row();
[[nodiscard]] OptimizerRow nesterov_row();
[[nodiscard]] OptimizerRow adam_row();
[[nodiscard]] OptimizerRow amsgrad_row();
[[nodiscard]] OptimizerRow adamw_row();
[[nodiscard]] OptimizerRow nadam_row();
[[nodiscard]] OptimizerRow rmsprop_row();
[[nodiscard]] OptimizerRow adagrad_row();
[[nodiscard]] OptimizerRow adadelta_row();
[[nodiscard]] OptimizerRow ftrl_row();
[[nodiscard]] OptimizerRow lion_row();

}  // namespace rekindle
