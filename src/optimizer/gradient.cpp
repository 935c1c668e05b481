#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "optimizer/optimizer.hpp"

namespace rekindle {

namespace {
template <class Real>
using ConstVector = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>>;

template <class Real>
void clip_norm(std::span<const ParameterBlock<Real>> blocks, double limit) {
  const double norm = std::sqrt(squared_norm(blocks));
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
void prepare_gradient(std::span<const ParameterBlock<Real>> blocks, const GradientOptions& options) {
  if (options.clip_value > 0) {
    const auto limit = static_cast<Real>(options.clip_value);
    for (const auto& block : blocks) {
      for (auto& g : block.gradient) g = std::clamp(g, -limit, limit);
    }
  }
  if (options.clip_norm > 0) clip_norm(blocks, options.clip_norm);
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
template void prepare_gradient<float>(std::span<const ParameterBlock<float>>, const GradientOptions&);
template void prepare_gradient<double>(std::span<const ParameterBlock<double>>, const GradientOptions&);

}  // namespace rekindle
