// A step's passes over one block, part by part, so that several of them find the same part in the nearest cache.
#pragma once

#include <algorithm>
#include <cstddef>

#include "optimizer/finite.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/square_sum.hpp"

namespace rekindle {

// `visit(at, count)` for each part, in order; for none of them there is one of no length.
template <class Real, class Visit>
void for_each_part(std::size_t size, const Visit& visit) {
  constexpr auto part = SquareSum<Real>::part;
  std::size_t at = 0;
  for (; at + part <= size; at += part) visit(at, part);
  visit(at, size - at);
}

// Writes gradient[at, at + count) of a block that left it to be written.
template <class Real>
void write_deferred(const ParameterBlock<Real>& block, std::size_t at, std::size_t count) {
  const auto width = block.input.size();
  const auto end = std::min(at + count, width);
  Real* const gradient = block.gradient.data();
  const Real* const input = block.input.data();
  const Real slope = block.slope;
#pragma GCC ivdep
  for (std::size_t j = at; j < end; ++j) gradient[j] = slope * input[j];
  if (at + count > width) gradient[width] = slope;
}

// Takes a step back: `before` as it left the weights there.
template <class Real>
void restore_weights(std::span<const ParameterBlock<Real>> blocks, std::span<const Real> before) {
  auto from = before.begin();
  for (const auto& block : blocks) {
    for (std::size_t i = 0; i < block.touched(); ++i) block.weights[block.coordinate(i)] = *from++;
  }
}

}  // namespace rekindle
