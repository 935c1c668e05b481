#include <array>

#include "optimizer/rows.hpp"

namespace rekindle {

std::span<const OptimizerRow> optimizers() {
  static const std::array rows = {
      sgd_row(),   momentum_row(), nesterov_row(), adam_row(),     amsgrad_row(), adamw_row(),
      nadam_row(), rmsprop_row(),  adagrad_row(),  adadelta_row(), ftrl_row(),    lion_row(),
  };
  return rows;
}

std::span<const ParameterSpec> common_optimizer_parameters() {
  static const std::array specs = {
      real("weight_decay", 0).at_least(0).means("L2 penalty on all parameters, biases too"),
      real("l1", 0).at_least(0).means("L1 penalty"),
      real("clip_norm", 0).at_least(0).means("largest global gradient norm; 0: off"),
      real("clip_value", 0).at_least(0).means("largest single gradient; 0: off"),
      integer("reset_every", 0).at_least(0).means("updates between full accumulator resets; 0: only on drift or by command"),
  };
  return specs;
}

GradientOptions gradient_options(const Parameters& p) {
  return {p.real("weight_decay"), p.real("l1"), p.real("clip_norm"), p.real("clip_value")};
}

}  // namespace rekindle
