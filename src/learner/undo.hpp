// Undo: the weights before an update, so that one that leaves a number that is not finite can be taken back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "optimizer/optimizer.hpp"

namespace rekindle {

template <class Real>
class Undo {
 public:
  // Of a sparse block only the coordinates that the update touches.
  void remember(std::span<const ParameterBlock<Real>> blocks) {
    before_.clear();
    for (const auto& block : blocks) {
      if (!block.sparse) before_.insert(before_.end(), block.weights.begin(), block.weights.end());
      for (const auto j : block.index) before_.push_back(block.weights[j]);
    }
  }

  void restore(std::span<const ParameterBlock<Real>> blocks) const {
    auto from = before_.begin();
    for (const auto& block : blocks) {
      for (const auto j : block.index) block.weights[j] = *from++;
      if (block.sparse) continue;
      std::copy_n(from, block.weights.size(), block.weights.begin());
      from += static_cast<std::ptrdiff_t>(block.weights.size());
    }
  }

  // What was remembered, block after block; empty before the first update.
  [[nodiscard]] std::span<const Real> weights() const { return before_; }

 private:
  std::vector<Real> before_;
};

// x * 0 is 0 for every finite x and NaN for all others; an or of comparisons vectorizes, a branch per weight would not.
template <class Real>
[[nodiscard]] bool weights_are_finite(std::span<const ParameterBlock<Real>> blocks) {
  bool finite = true;
  for (const auto& block : blocks) {
    for (const auto j : block.index) finite &= (block.weights[j] * Real{0} == Real{0});
    if (block.sparse) continue;
    for (const Real w : block.weights) finite &= (w * Real{0} == Real{0});
  }
  return finite;
}

}  // namespace rekindle
