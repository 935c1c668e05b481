// restore_weights: a step that is taken back.
#pragma once

#include <cstddef>
#include <span>

#include "optimizer/optimizer.hpp"

namespace rekindle {

// `before`: what the step left of the weights there.
template <class Real>
void restore_weights(std::span<const ParameterBlock<Real>> blocks, std::span<const Real> before) {
  auto from = before.begin();
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block.touched(); ++i) block.weights[block.coordinate(i)] = *from++;
  }
}

}  // namespace rekindle
