// What a member's layers look like after its latest update.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "learner/member.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

template <class Real>
[[nodiscard]] double norm_of(std::span<const Real> values) {
  double squared = 0;
  for (const auto value : values) squared += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squared);
}

// `names`: of the first blocks. `before`: the weights before the update, as a step leaves them; empty before the first. `rate`: of a
// block whose multiplier is 1.
template <class Real>
[[nodiscard]] std::vector<LayerStatus> layer_statuses(std::span<const ParameterBlock<Real>> blocks, std::span<const Real> before,
                                                      bool has_gradient, double rate, const std::vector<std::string>& names) {
  std::vector<LayerStatus> out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& block = blocks[i];
    auto name = i < names.size() ? names[i] : fmt::format("block.{}", i);
    LayerStatus layer{std::move(name), rate * block.rate_multiplier, norm_of<Real>(block.weights), {}, {}};
    if (has_gradient && !before.empty()) layer.gradient_norm = norm_of<Real>(block.gradient);
    if (!block.sparse && before.size() >= at + block.weights.size() && layer.weight_norm > 0) {
      double squared = 0;
      for (std::size_t j = 0; j < block.weights.size(); ++j) {
        const auto change = static_cast<double>(block.weights[j] - before[at + j]);
        squared += change * change;
      }
      layer.update_to_weight = std::sqrt(squared) / layer.weight_norm;
    }
    at += block.touched();
    out.push_back(std::move(layer));
  }
  return out;
}

}  // namespace rekindle
