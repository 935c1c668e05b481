#include "model/linear.hpp"

#include <Eigen/Core>
#include <numeric>

#include "model/dense_layer.hpp"

namespace rekindle {

namespace {
template <class Real>
using ConstVector = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>>;
}

template <class Real>
LinearModel<Real>::LinearModel(const InputShape& inputs, std::size_t outputs, Rounding rounding)
    : rounding_(rounding), inputs_(inputs.dense), weights_(outputs * (inputs_ + 1), Real{0}), gradient_(weights_.size()), scores_(outputs) {
  if (inputs.sparse) sparse_.emplace(*inputs.sparse, outputs);
  point_blocks();
}

template <class Real>
void LinearModel<Real>::point_blocks() {
  blocks_[0].weights = weights_;
  blocks_[0].gradient = gradient_;
  if (sparse_) blocks_[1] = sparse_->block();
}

template <class Real>
std::vector<IndexMap> LinearModel<Real>::grow_outputs(std::size_t outputs) {
  IndexMap map(weights_.size());
  std::iota(map.begin(), map.end(), 0);
  weights_.resize(outputs * (inputs_ + 1), Real{0});
  gradient_.resize(weights_.size(), Real{0});
  scores_.resize(outputs);
  map.resize(weights_.size(), -1);
  std::vector<IndexMap> maps;
  maps.push_back(std::move(map));
  if (sparse_) maps.push_back(sparse_->grow_outputs(outputs));
  point_blocks();
  return maps;
}

template <class Real>
std::size_t LinearModel<Real>::grow_sparse(std::size_t coordinates) {
  sparse_->grow(coordinates);
  point_blocks();
  return 1;
}

template <class Real>
std::optional<std::size_t> LinearModel<Real>::sparse_coordinates() const {
  return sparse_ ? std::optional(sparse_->coordinates()) : std::nullopt;
}

template <class Real>
std::vector<IndexMap> LinearModel<Real>::remap_inputs(const IndexMap& from) {
  auto map = remap_layer(from, inputs_, weights_);
  inputs_ = from.size();
  gradient_.assign(weights_.size(), Real{0});
  point_blocks();
  return {std::move(map)};
}

template <class Real>
std::span<const Real> LinearModel<Real>::forward(const Input<Real>& x) {
  if (rounding_ != Rounding::none) return rounded_forward(x);
  const auto size = static_cast<Eigen::Index>(inputs_);
  const ConstVector<Real> input(x.dense.data(), size);
  for (std::size_t k = 0; inputs_ != 0 && k < scores_.size(); ++k) {
    const Real* const row = weights_.data() + k * (inputs_ + 1);
    scores_[k] = ConstVector<Real>(row, size).dot(input) + row[inputs_];
  }
  // Biases alone: a sum of nothing takes as long to prepare as any other.
  for (std::size_t k = 0; inputs_ == 0 && k < scores_.size(); ++k) scores_[k] = weights_[k];
  if (sparse_) sparse_->add_scores(x, scores_);
  return scores_;
}

template <class Real>
std::span<const Real> LinearModel<Real>::rounded_forward(const Input<Real>& x) {
  rounded_input_.assign(x.dense.begin(), x.dense.end());
  rounded_input_.push_back(1);
  round_all(rounding_, std::span(rounded_input_));
  const std::size_t width = inputs_ + 1;
  const auto size = static_cast<Eigen::Index>(width);
  for (std::size_t k = 0; k < scores_.size(); ++k) {
    const auto row = std::span<const Real>(weights_).subspan(k * width, width);
    rounded_row_.assign(row.begin(), row.end());
    round_all(rounding_, std::span(rounded_row_));
    scores_[k] = ConstVector<Real>(rounded_row_.data(), size).dot(ConstVector<Real>(rounded_input_.data(), size));
  }
  if (sparse_) sparse_->add_scores(x, scores_);
  round_all(rounding_, std::span(scores_));
  return scores_;
}

template <class Real>
void LinearModel<Real>::backward(const Input<Real>& x, std::span<const Real> score_gradient, bool first) {
  if (rounding_ != Rounding::none) add_rounded_gradient(rounding_, score_gradient, rounded_input_, first, gradient_, rounded_row_);
  for (std::size_t k = 0; rounding_ == Rounding::none && k < score_gradient.size(); ++k) {
    Real* const row = gradient_.data() + k * (inputs_ + 1);
    const Real slope = score_gradient[k];
    if (first) {
      for (std::size_t j = 0; j < inputs_; ++j) row[j] = slope * x.dense[j];
      row[inputs_] = slope;
    } else {
      for (std::size_t j = 0; j < inputs_; ++j) row[j] += slope * x.dense[j];
      row[inputs_] += slope;
    }
  }
  blocks_[0].deferred = false;
  if (!sparse_) return;
  sparse_->add_gradient(x, score_gradient, first);
  sparse_->point_gradient(blocks_[1]);
  blocks_[1].deferred = false;
}

template <class Real>
void LinearModel<Real>::backward_to_step(const Input<Real>& x, std::span<const Real> score_gradient) {
  if (rounding_ != Rounding::none || score_gradient.size() != 1) return backward(x, score_gradient, true);
  blocks_[0].deferred = true;
  blocks_[0].slope = score_gradient[0];
  blocks_[0].input = x.dense.first(inputs_);
  if (sparse_) sparse_->defer_gradient(x, score_gradient[0], blocks_[1]);
}

template <class Real>
std::vector<NamedTensor> LinearModel<Real>::tensors() const {
  std::vector<NamedTensor> out;
  append_tensors("output", weights_, inputs_, sparse_, out);
  return out;
}

template <class Real>
bool LinearModel<Real>::assign(const NamedTensor& tensor) {
  return assign_tensor("output", tensor, inputs_, weights_, &sparse_);
}

template <class Real>
void LinearModel<Real>::save(ByteWriter& out) const {
  out.put_array(weights_);
  if (sparse_) sparse_->save(out);
}

template <class Real>
void LinearModel<Real>::load(ByteReader& in) {
  in.get_array_into(weights_);
  if (sparse_) sparse_->load(in);
  point_blocks();
}

template <class Real>
void LinearModel<Real>::save_gradient(ByteWriter& out) const {
  out.put_array(gradient_);
  if (sparse_) sparse_->save_gradient(out);
}

template <class Real>
void LinearModel<Real>::load_gradient(ByteReader& in) {
  in.get_array_into(gradient_);
  if (sparse_) sparse_->load_gradient(in);
  point_blocks();
}

template class LinearModel<float>;
template class LinearModel<double>;

}  // namespace rekindle
