#include <array>

#include "model/loss_rows.hpp"

namespace rekindle {

std::span<const LossRow> losses() {
  static const std::array rows = {
      squared_row(), absolute_row(), huber_row(), quantile_row(), poisson_row(), logistic_row(), softmax_row(), hinge_row(), focal_row(),
  };
  return rows;
}

}  // namespace rekindle
