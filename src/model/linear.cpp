#include "model/linear.hpp"

#include <Eigen/Core>

namespace rekindle {

namespace {
template <class Real>
using ConstVector = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>>;
}

template <class Real>
LinearModel<Real>::LinearModel(std::size_t inputs, std::size_t outputs) : inputs_(inputs) {
  grow_outputs(outputs);
}

template <class Real>
void LinearModel<Real>::point_block() {
  block_.weights = weights_;
  block_.gradient = gradient_;
}

template <class Real>
std::size_t LinearModel<Real>::grow_outputs(std::size_t outputs) {
  weights_.resize(outputs * (inputs_ + 1), Real{0});
  gradient_.resize(weights_.size(), Real{0});
  scores_.resize(outputs, Real{0});
  point_block();
  return 0;
}

template <class Real>
std::vector<IndexMap> LinearModel<Real>::remap_inputs(const IndexMap& from) {
  IndexMap map;
  const auto old_row = static_cast<std::ptrdiff_t>(inputs_ + 1);
  for (std::size_t k = 0; k < scores_.size(); ++k) {
    const auto start = static_cast<std::ptrdiff_t>(k) * old_row;
    for (const auto old : from) map.push_back(old < 0 ? -1 : start + old);
    map.push_back(start + old_row - 1);
  }
  std::vector<Real> weights;
  for (const auto old : map) weights.push_back(old < 0 ? Real{0} : weights_[static_cast<std::size_t>(old)]);
  inputs_ = from.size();
  weights_ = std::move(weights);
  gradient_.assign(weights_.size(), Real{0});
  point_block();
  return {std::move(map)};
}

template <class Real>
std::span<const Real> LinearModel<Real>::forward(std::span<const Real> x) {
  const auto size = static_cast<Eigen::Index>(inputs_);
  const ConstVector<Real> input(x.data(), size);
  for (std::size_t k = 0; k < scores_.size(); ++k) {
    const Real* const row = weights_.data() + k * (inputs_ + 1);
    scores_[k] = ConstVector<Real>(row, size).dot(input) + row[inputs_];
  }
  return scores_;
}

template <class Real>
void LinearModel<Real>::backward(std::span<const Real> x, std::span<const Real> score_gradient, bool first) {
  for (std::size_t k = 0; k < score_gradient.size(); ++k) {
    Real* const row = gradient_.data() + k * (inputs_ + 1);
    const Real slope = score_gradient[k];
    if (first) {
      for (std::size_t j = 0; j < inputs_; ++j) row[j] = slope * x[j];
      row[inputs_] = slope;
    } else {
      for (std::size_t j = 0; j < inputs_; ++j) row[j] += slope * x[j];
      row[inputs_] += slope;
    }
  }
}

template <class Real>
std::vector<NamedTensor> LinearModel<Real>::tensors() const {
  const std::size_t outputs = scores_.size();
  NamedTensor weight{"output.weight", {outputs, inputs_}, {}};
  NamedTensor bias{"output.bias", {outputs}, {}};
  for (std::size_t k = 0; k < outputs; ++k) {
    const Real* const row = weights_.data() + k * (inputs_ + 1);
    for (std::size_t j = 0; j < inputs_; ++j) weight.values.push_back(static_cast<double>(row[j]));
    bias.values.push_back(static_cast<double>(row[inputs_]));
  }
  return {std::move(weight), std::move(bias)};
}

template <class Real>
void LinearModel<Real>::save(ByteWriter& out) const {
  out.put_array(weights_);
}

template <class Real>
void LinearModel<Real>::load(ByteReader& in) {
  in.get_array_into(weights_);
  point_block();
}

template class LinearModel<float>;
template class LinearModel<double>;

}  // namespace rekindle
