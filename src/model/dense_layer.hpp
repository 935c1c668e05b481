// DenseLayer: the weights of one fully connected layer, as they lie in memory and as they leave.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model.hpp"
#include "model/rounding.hpp"
#include "model/sparse_layer.hpp"

namespace rekindle {

// Row k holds output k's weights with its bias last, so that a new output is appended and nothing moves. The weights of sparse
// inputs, where there are any, leave behind the dense ones.
template <class Real>
void append_tensors(const std::string& layer, const std::vector<Real>& weights, std::size_t inputs,
                    const std::optional<SparseLayer<Real>>& sparse, std::vector<NamedTensor>& to) {
  const std::size_t outputs = weights.size() / (inputs + 1);
  NamedTensor weight{layer + ".weight", {outputs, inputs + (sparse ? sparse->coordinates() : 0)}, {}};
  NamedTensor bias{layer + ".bias", {outputs}, {}};
  weight.values.reserve(outputs * weight.shape.back());
  for (std::size_t k = 0; k < outputs; ++k) {
    const Real* const row = weights.data() + k * (inputs + 1);
    for (std::size_t j = 0; j < inputs; ++j) weight.values.push_back(static_cast<double>(row[j]));
    if (sparse) sparse->append_row(k, weight.values);
    bias.values.push_back(static_cast<double>(row[inputs]));
  }
  to.push_back(std::move(weight));
  to.push_back(std::move(bias));
}

// Adds (or, with `first`, writes) slopes * input^T to a layer's gradient, each product rounded. `input` ends with the 1 of the
// bias; `scratch` is a row's room.
template <class Real>
void add_rounded_gradient(Rounding rounding, std::span<const Real> slopes, const std::vector<Real>& input, bool first,
                          std::vector<Real>& gradient, std::vector<Real>& scratch) {
  for (std::size_t k = 0; k < slopes.size(); ++k) {
    Real slope = slopes[k];
    round_all(rounding, std::span(&slope, 1));
    scratch.resize(input.size());
    for (std::size_t j = 0; j < input.size(); ++j) scratch[j] = slope * input[j];
    round_all(rounding, std::span(scratch));
    Real* const row = gradient.data() + k * input.size();
    for (std::size_t j = 0; j < input.size(); ++j) row[j] = first ? scratch[j] : row[j] + scratch[j];
  }
}

// The reverse for one tensor. False: it is not of this layer, or of another shape.
template <class Real>
[[nodiscard]] bool assign_tensor(const std::string& layer, const NamedTensor& from, std::size_t inputs, std::vector<Real>& weights,
                                 std::optional<SparseLayer<Real>>* sparse = nullptr) {
  const std::size_t outputs = weights.size() / (inputs + 1);
  const bool has_sparse = sparse != nullptr && *sparse;
  const std::size_t width = inputs + (has_sparse ? (*sparse)->coordinates() : 0);
  const bool is_weight = from.name == layer + ".weight" && from.shape == std::vector{outputs, width};
  const bool is_bias = from.name == layer + ".bias" && from.shape == std::vector{outputs};
  if ((!is_weight && !is_bias) || from.values.size() != (is_weight ? outputs * width : outputs)) return false;
  for (std::size_t k = 0; k < outputs; ++k) {
    Real* const row = weights.data() + k * (inputs + 1);
    for (std::size_t j = 0; is_weight && j < inputs; ++j) row[j] = static_cast<Real>(from.values[k * width + j]);
    if (is_weight && has_sparse) (*sparse)->assign_row(k, std::span(from.values).subspan(k * width + inputs, width - inputs));
    if (is_bias) row[inputs] = static_cast<Real>(from.values[k]);
  }
  return true;
}

// The features changed (Model::remap_inputs): moves the weights of the layer that sees them, and says where each was.
template <class Real>
[[nodiscard]] IndexMap remap_layer(const IndexMap& from, std::size_t inputs, std::vector<Real>& weights) {
  IndexMap map;
  const auto old_row = static_cast<std::ptrdiff_t>(inputs + 1);
  const auto outputs = static_cast<std::ptrdiff_t>(weights.size()) / old_row;
  for (std::ptrdiff_t k = 0; k < outputs; ++k) {
    for (const auto old : from) map.push_back(old < 0 ? -1 : k * old_row + old);
    map.push_back((k + 1) * old_row - 1);
  }
  std::vector<Real> moved;
  moved.reserve(map.size());
  for (const auto old : map) moved.push_back(old < 0 ? Real{0} : weights[static_cast<std::size_t>(old)]);
  weights = std::move(moved);
  return map;
}

}  // namespace rekindle
