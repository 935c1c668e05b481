// IDBD: a step size for each weight, learned while the weights are. Internal to the portfolio: it is no row of the list.
#pragma once

#include "optimizer/optimizer.hpp"

namespace rekindle {

// Sutton 1992, normalised as Autostep (Mahmood et al. 2012), in multiplicative form: no exponential in the loop. The rate
// given to `apply` is the step size at which every weight starts.
[[nodiscard]] const OptimizerRow& idbd_row();

}  // namespace rekindle
