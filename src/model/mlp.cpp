#include "model/mlp.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/dense_layer.hpp"

namespace rekindle {

namespace {

template <class Real>
using Vector = Eigen::Map<Eigen::Matrix<Real, Eigen::Dynamic, 1>>;
template <class Real>
using ConstVector = Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, 1>>;
template <class Real>
using ConstMatrix =
    Eigen::Map<const Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Unaligned, Eigen::OuterStride<>>;

Eigen::Index index(std::size_t size) { return static_cast<Eigen::Index>(size); }

// gradient += slopes * input^T, or = with `first`.
template <class Real>
void outer_product(const std::vector<Real>& slopes, const std::vector<Real>& input, bool first, std::vector<Real>& gradient) {
  for (std::size_t k = 0; k < slopes.size(); ++k) {
    Real* const row = gradient.data() + k * input.size();
    const Real slope = slopes[k];
    if (first) {
      for (std::size_t j = 0; j < input.size(); ++j) row[j] = slope * input[j];
    } else {
      for (std::size_t j = 0; j < input.size(); ++j) row[j] += slope * input[j];
    }
  }
}

// The commonest one by its name, so that its loops vectorize.
template <class Real>
void activate_all(Activation activation, std::span<const Real> sums, std::span<Real> values) {
  if (activation == Activation::relu) {
    for (std::size_t k = 0; k < sums.size(); ++k) values[k] = activate(Activation::relu, sums[k]);
  } else {
    for (std::size_t k = 0; k < sums.size(); ++k) values[k] = activate(activation, sums[k]);
  }
}

template <class Real>
void multiply_by_slopes(Activation activation, std::span<const Real> sums, std::span<const Real> values, std::span<Real> slopes) {
  if (activation == Activation::relu) {
    for (std::size_t k = 0; k < sums.size(); ++k) slopes[k] *= activation_slope(Activation::relu, sums[k], values[k]);
  } else {
    for (std::size_t k = 0; k < sums.size(); ++k) slopes[k] *= activation_slope(activation, sums[k], values[k]);
  }
}

}  // namespace

template <class Real>
MlpModel<Real>::MlpModel(const ModelSpec& spec, const InputShape& inputs, std::size_t outputs)
    : rounding_(spec.rounding), activation_(spec.activation), dropout_(spec.dropout), random_(spec.seed) {
  std::size_t width = inputs.dense;
  for (const auto units : spec.hidden) {
    add_layer(width, units);
    width = units;
  }
  add_layer(width, outputs);
  const auto names = layer_names(spec);
  for (std::size_t i = 0; i < layers_.size(); ++i) layers_[i].name = names[i];
  if (inputs.sparse) sparse_.emplace(*inputs.sparse, layers_[0].outputs);
  point_blocks();
}

template <class Real>
void MlpModel<Real>::add_layer(std::size_t inputs, std::size_t outputs) {
  Layer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  resize(layer);
  draw_rows(layer, 0);
  layers_.push_back(std::move(layer));
}

template <class Real>
void MlpModel<Real>::draw_rows(Layer& layer, std::size_t first) {
  const double spread = std::sqrt(2.0 / static_cast<double>(std::max<std::size_t>(1, layer.inputs)));
  for (std::size_t k = first; k < layer.outputs; ++k) {
    Real* const row = layer.weights.data() + k * (layer.inputs + 1);
    for (std::size_t j = 0; j < layer.inputs; ++j) row[j] = static_cast<Real>(spread * random_.normal());
    row[layer.inputs] = 0;
  }
}

// All of a layer's arrays, by its inputs and outputs; weights that are there stay.
template <class Real>
void MlpModel<Real>::resize(Layer& layer) {
  layer.weights.resize(layer.outputs * (layer.inputs + 1));
  layer.gradient.resize(layer.weights.size(), Real{0});
  if (rounding_ != Rounding::none) layer.rounded.resize(layer.weights.size());
  layer.input.resize(layer.inputs + 1);
  layer.input[layer.inputs] = 1;
  for (auto* one : {&layer.sums, &layer.values, &layer.slopes}) one->resize(layer.outputs);
  if (dropout_ > 0) layer.mask.resize(layer.outputs);
}

template <class Real>
void MlpModel<Real>::point_blocks() {
  blocks_.resize(layers_.size() + (sparse_ ? 1 : 0));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    blocks_[i].weights = layers_[i].weights;
    blocks_[i].gradient = layers_[i].gradient;
  }
  if (sparse_) blocks_.back() = sparse_->block();
}

template <class Real>
std::span<const Real> MlpModel<Real>::forward(const Input<Real>& x) {
  return pass(x, false);
}

template <class Real>
std::span<const Real> MlpModel<Real>::forward_to_learn(const Input<Real>& x) {
  draw_masks();
  return pass(x, dropout_ > 0);
}

template <class Real>
void MlpModel<Real>::draw_masks() {
  const auto kept = static_cast<Real>(1 / (1 - dropout_));
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    for (auto& one : layers_[i].mask) one = random_.uniform() < dropout_ ? Real{0} : kept;
  }
}

template <class Real>
const std::vector<Real>& MlpModel<Real>::weights_in_use(const Layer& layer) const {
  return rounding_ == Rounding::none ? layer.weights : layer.rounded;
}

template <class Real>
std::span<const Real> MlpModel<Real>::pass(const Input<Real>& x, bool masked) {
  masked_ = masked;
  std::copy_n(x.dense.begin(), layers_[0].inputs, layers_[0].input.begin());
  round_all(rounding_, std::span(layers_[0].input));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto& layer = layers_[i];
    if (rounding_ != Rounding::none) {
      std::ranges::copy(layer.weights, layer.rounded.begin());
      round_all(rounding_, std::span(layer.rounded));
    }
    const auto columns = index(layer.inputs + 1);
    const ConstMatrix<Real> weights(weights_in_use(layer).data(), index(layer.outputs), columns, Eigen::OuterStride<>(columns));
    Vector<Real>(layer.sums.data(), index(layer.outputs)).noalias() = weights * ConstVector<Real>(layer.input.data(), columns);
    if (i == 0 && sparse_) sparse_->add_scores(x, layer.sums);
    round_all(rounding_, std::span(layer.sums));
    if (i + 1 < layers_.size()) activate_layer(layer, layers_[i + 1].input);
  }
  return layers_.back().sums;
}

template <class Real>
void MlpModel<Real>::activate_layer(Layer& layer, std::vector<Real>& next) {
  activate_all<Real>(activation_, layer.sums, layer.values);
  round_all(rounding_, std::span(layer.values));
  std::ranges::copy(layer.values, next.begin());
  for (std::size_t k = 0; masked_ && k < layer.outputs; ++k) next[k] *= layer.mask[k];
  round_all(rounding_, std::span(next));
}

template <class Real>
void MlpModel<Real>::backward(const Input<Real>& x, std::span<const Real> score_gradient, bool first) {
  std::ranges::copy(score_gradient, layers_.back().slopes.begin());
  round_all(rounding_, std::span(layers_.back().slopes));
  for (std::size_t i = layers_.size(); i-- > 0;) {
    auto& layer = layers_[i];
    if (rounding_ == Rounding::none) {
      outer_product(layer.slopes, layer.input, first, layer.gradient);
    } else {
      add_rounded_gradient<Real>(rounding_, layer.slopes, layer.input, first, layer.gradient, scratch_);
    }
    if (i > 0) pass_down(layer, layers_[i - 1]);
  }
  if (!sparse_) return;
  sparse_->add_gradient(x, layers_[0].slopes, first);
  sparse_->point_gradient(blocks_.back());
}

// The slopes of the layer below, from those of `layer`.
template <class Real>
void MlpModel<Real>::pass_down(const Layer& layer, Layer& below) {
  const ConstMatrix<Real> weights(weights_in_use(layer).data(), index(layer.outputs), index(layer.inputs),
                                  Eigen::OuterStride<>(index(layer.inputs + 1)));
  Vector<Real>(below.slopes.data(), index(layer.inputs)).noalias() =
      weights.transpose() * ConstVector<Real>(layer.slopes.data(), index(layer.outputs));
  round_all(rounding_, std::span(below.slopes));
  for (std::size_t k = 0; masked_ && k < below.outputs; ++k) below.slopes[k] *= below.mask[k];
  multiply_by_slopes<Real>(activation_, below.sums, below.values, below.slopes);
  round_all(rounding_, std::span(below.slopes));
}

template <class Real>
std::vector<IndexMap> MlpModel<Real>::grow_outputs(std::size_t outputs) {
  auto& layer = layers_.back();
  IndexMap map(layer.weights.size());
  std::iota(map.begin(), map.end(), 0);
  const auto before = layer.outputs;
  layer.outputs = outputs;
  resize(layer);
  draw_rows(layer, before);
  map.resize(layer.weights.size(), -1);
  point_blocks();
  std::vector<IndexMap> maps(layers_.size());
  maps.back() = std::move(map);
  return maps;
}

template <class Real>
std::size_t MlpModel<Real>::grow_sparse(std::size_t coordinates) {
  sparse_->grow(coordinates);
  point_blocks();
  return layers_.size();
}

template <class Real>
std::optional<std::size_t> MlpModel<Real>::sparse_coordinates() const {
  return sparse_ ? std::optional(sparse_->coordinates()) : std::nullopt;
}

template <class Real>
std::vector<IndexMap> MlpModel<Real>::remap_inputs(const IndexMap& from) {
  auto& layer = layers_[0];
  auto map = remap_layer(from, layer.inputs, layer.weights);
  layer.inputs = from.size();
  layer.gradient.assign(layer.weights.size(), Real{0});
  resize(layer);
  point_blocks();
  return {std::move(map)};
}

template <class Real>
std::vector<NamedTensor> MlpModel<Real>::tensors() const {
  std::vector<NamedTensor> out;
  const std::optional<SparseLayer<Real>> none;
  for (const auto& layer : layers_) append_tensors(layer.name, layer.weights, layer.inputs, &layer == layers_.data() ? sparse_ : none, out);
  return out;
}

template <class Real>
bool MlpModel<Real>::assign(const NamedTensor& tensor) {
  return std::ranges::any_of(layers_, [&](Layer& layer) {
    return assign_tensor(layer.name, tensor, layer.inputs, layer.weights, &layer == layers_.data() ? &sparse_ : nullptr);
  });
}

template <class Real>
void MlpModel<Real>::save(ByteWriter& out) const {
  for (const auto& layer : layers_) out.put_array(layer.weights);
  if (sparse_) sparse_->save(out);
  random_.save(out);
}

template <class Real>
void MlpModel<Real>::load(ByteReader& in) {
  for (auto& layer : layers_) in.get_array_into(layer.weights);
  if (sparse_) sparse_->load(in);
  random_.load(in);
  point_blocks();
}

template <class Real>
void MlpModel<Real>::save_gradient(ByteWriter& out) const {
  for (const auto& layer : layers_) out.put_array(layer.gradient);
  if (sparse_) sparse_->save_gradient(out);
}

template <class Real>
void MlpModel<Real>::load_gradient(ByteReader& in) {
  for (auto& layer : layers_) in.get_array_into(layer.gradient);
  if (sparse_) sparse_->load_gradient(in);
  point_blocks();
}

template <class Real>
std::span<const Real> MlpModel<Real>::forward_with_masks_for_test(const Input<Real>& x, const std::vector<std::vector<Real>>& keep) {
  for (std::size_t i = 0; i < keep.size(); ++i) {
    for (std::size_t k = 0; k < keep[i].size(); ++k) layers_[i].mask[k] = keep[i][k] / static_cast<Real>(1 - dropout_);
  }
  return pass(x, !keep.empty());
}

template <class Real>
std::span<const Real> MlpModel<Real>::hidden_for_test(std::size_t layer) const {
  return std::span(layers_[layer + 1].input).first(layers_[layer].outputs);
}

template class MlpModel<float>;
template class MlpModel<double>;

}  // namespace rekindle
