#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "optimizer/optimizer.hpp"
#include "optimizer/square_sum.hpp"

namespace rekindle {

namespace {
template <class Real>
using ConstVector = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>>;

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

template <class Real>
void clip_norm(std::span<const ParameterBlock<Real>> blocks, double limit, double squared) {
  const double norm = std::sqrt(squared);
  const double factor = limit / (norm + 1e-6);
  if (factor >= 1) return;
  for (const auto& block : blocks) {
    for (auto& g : block.gradient) g *= static_cast<Real>(factor);
  }
}
}  // namespace

template <class Real>
double squared_norm(std::span<const ParameterBlock<Real>> blocks) {
  double sum = 0;
  for (const auto& block : blocks) {
    if (block.frozen) continue;
    const ConstVector<Real> g(block.gradient.data(), static_cast<Eigen::Index>(block.gradient.size()));
    sum += static_cast<double>(g.dot(g));
  }
  return sum;
}

template <class Real>
double write_and_square(std::span<const ParameterBlock<Real>> blocks) {
  double sum = 0;
  for (const auto& block : blocks) {
    if (!block.deferred) {
      sum += squared_norm<Real>({&block, 1});
      continue;
    }
    SquareSum<Real> squares;
    for_each_part<Real>(block.gradient.size(), [&](std::size_t at, std::size_t count) {
      write_deferred(block, at, count);
      squares.add(block.gradient.data() + at, count);
    });
    if (!block.frozen) sum += static_cast<double>(squares.value());
  }
  return sum;
}

template <class Real>
void prepare_gradient(std::span<const ParameterBlock<Real>> blocks, const GradientOptions& options, std::optional<double> squared) {
  if (options.clip_value > 0) {
    const auto limit = static_cast<Real>(options.clip_value);
    for (const auto& block : blocks) {
      for (auto& g : block.gradient) g = std::clamp(g, -limit, limit);
    }
  }
  // Clipped values have another norm.
  if (options.clip_norm > 0) clip_norm(blocks, options.clip_norm, squared && options.clip_value <= 0 ? *squared : squared_norm(blocks));
  const auto l1 = static_cast<Real>(options.l1);
  for (const auto& block : blocks) {
    const auto decay = static_cast<Real>(options.decoupled_decay ? 0 : block.weight_decay.value_or(options.weight_decay));
    if (block.frozen || (decay == 0 && l1 == 0)) continue;
    for (std::size_t j = 0; j < block.gradient.size(); ++j) {
      const Real w = block.weights[block.coordinate(j)];
      const Real sign = w > 0 ? Real{1} : (w < 0 ? Real{-1} : Real{0});
      block.gradient[j] += decay * w + l1 * sign;
    }
  }
}

template double squared_norm<float>(std::span<const ParameterBlock<float>>);
template double squared_norm<double>(std::span<const ParameterBlock<double>>);
template double write_and_square<float>(std::span<const ParameterBlock<float>>);
template double write_and_square<double>(std::span<const ParameterBlock<double>>);
template void prepare_gradient<float>(std::span<const ParameterBlock<float>>, const GradientOptions&, std::optional<double>);
template void prepare_gradient<double>(std::span<const ParameterBlock<double>>, const GradientOptions&, std::optional<double>);

}  // namespace rekindle
