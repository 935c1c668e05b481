// Prefetch: a sparse block's part in the next sample, asked for from memory before it is its turn.
#pragma once

#include <span>
#include <vector>

#include "data/sample.hpp"
#include "model/model.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

// Bytes that a core's own cache about holds; nothing of them need be asked for.
inline constexpr std::size_t kept_near = std::size_t{2} << 20;

// Coordinates beyond the last are no mistake. Inlined whatever it takes: GCC (12) removes the call of a function that only prefetches.
template <class Real>
[[gnu::always_inline]] inline void prefetch(std::span<const Real> values, std::size_t width, std::span<const SparseEntry> next) {
  for (const auto& entry : next) {
    const auto at = entry.index * width;
    if (at < values.size()) __builtin_prefetch(values.data() + at, /*rw=*/1);
  }
}

// Of a sparse block, with its accumulators.
template <class Real>
[[nodiscard]] bool is_far(const ParameterBlock<Real>& block, std::span<const std::vector<Real>> accumulators) {
  return block.sparse && block.weights.size_bytes() * (1 + accumulators.size()) > kept_near;
}

// What is asked of a model's sparse part with every sample, and changes only when that grows.
struct SparsePart {
  std::size_t coordinates = 0;
  bool is_far = false;
};
template <class Real>
[[nodiscard]] SparsePart sparse_part(Model<Real>& model, const Optimizer<Real>& optimizer) {
  SparsePart out{model.sparse_coordinates().value_or(0)};
  const auto blocks = model.blocks();
  for (std::size_t i = 0; i < blocks.size(); ++i) out.is_far = out.is_far || is_far(blocks[i], optimizer.accumulators(i));
  return out;
}

// `accumulators` as long as the weights, `width` of each a coordinate. No value changes.
template <class Real>
[[gnu::always_inline]] inline void prefetch(const ParameterBlock<Real>& block, std::span<const std::vector<Real>> accumulators,
                                            std::size_t width, std::span<const SparseEntry> next) {
  if (!is_far(block, accumulators)) return;
  prefetch<Real>(block.weights, width, next);
  for (const auto& values : accumulators) prefetch<Real>(values, width, next);
}

// What the sparse blocks of a model have for `next`, of `coordinates` coordinates.
template <class Real>
[[gnu::always_inline]] inline void prefetch(std::span<const ParameterBlock<Real>> blocks, const Optimizer<Real>& optimizer,
                                            std::size_t coordinates, std::span<const SparseEntry> next) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    prefetch(blocks[i], optimizer.accumulators(i), blocks[i].weights.size() / coordinates, next);
  }
}

}  // namespace rekindle
