// One function for each loss's registry row; `loss_registry.cpp` lists them.
#pragma once

#include "model/loss.hpp"

namespace rekindle {

[[nodiscard]] LossRow squared_row();
[[nodiscard]] LossRow absolute_row();
[[nodiscard]] LossRow huber_row();
[[nodiscard]] LossRow quantile_row();
[[nodiscard]] LossRow poisson_row();
[[nodiscard]] LossRow logistic_row();
[[nodiscard]] LossRow softmax_row();
[[nodiscard]] LossRow hinge_row();
[[nodiscard]] LossRow focal_row();

}  // namespace rekindle
