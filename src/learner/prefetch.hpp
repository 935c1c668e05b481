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

// What is asked of a model's sparse part with every sample, and changes only when that grows.
struct SparsePart {
  std::size_t coordinates = 0;
  std::size_t block = 0;  // Whose weights they are.
  bool is_far = false;    // With their accumulators more than is kept near.
};

template <class Real>
[[nodiscard]] SparsePart sparse_part(Model<Real>& model, const Optimizer<Real>& optimizer) {
  SparsePart out{model.sparse_coordinates().value_or(0)};
  const auto blocks = model.blocks();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!blocks[i].sparse) continue;
    out.block = i;
    out.is_far = blocks[i].weights.size_bytes() * (1 + optimizer.accumulators(i).size()) > kept_near;
  }
  return out;
}

// What `part`, which is far, has for `next`. No value changes.
template <class Real>
[[gnu::always_inline]] inline void prefetch(const SparsePart& part, std::span<const ParameterBlock<Real>> blocks,
                                            const Optimizer<Real>& optimizer, std::span<const SparseEntry> next) {
  const std::span<const Real> weights = blocks[part.block].weights;
  const auto width = weights.size() / part.coordinates;
  prefetch<Real>(weights, width, next);
  for (const auto& values : optimizer.accumulators(part.block)) prefetch<Real>(values, width, next);
}

}  // namespace rekindle
