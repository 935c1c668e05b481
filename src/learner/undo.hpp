// Undo: the weights before an update, so that one that leaves a number that is not finite can be taken back.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "optimizer/restore.hpp"

namespace rekindle {

template <class Real>
class Undo {
 public:
  // Where a step leaves the weights before it; of a sparse block only the coordinates that it touches.
  [[nodiscard]] std::span<Real> room(std::span<const ParameterBlock<Real>> blocks) {
    std::size_t size = 0;
    for (const auto& block : blocks) size += block.touched();
    before_.resize(size);
    return before_;
  }

  void restore(std::span<const ParameterBlock<Real>> blocks) const { restore_weights<Real>(blocks, before_); }

  // What was remembered, block after block; empty before the first update.
  [[nodiscard]] std::span<const Real> weights() const { return before_; }

 private:
  std::vector<Real> before_;
};

}  // namespace rekindle
