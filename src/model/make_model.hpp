// ModelSpec: which model, and its shape; `make_model` builds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/activation.hpp"
#include "model/model.hpp"
#include "model/rounding.hpp"

namespace rekindle {

enum class ModelKind : std::uint8_t { linear, mlp };

struct ModelSpec {
  ModelKind kind = ModelKind::linear;
  Rounding rounding = Rounding::none;
  // For an MLP.
  std::vector<std::size_t> hidden;  // Units of each hidden layer, from the features on.
  Activation activation = Activation::relu;
  double dropout = 0;      // Share of hidden units left out of each learning step.
  std::uint64_t seed = 0;  // Of the first weights and of dropout.

  static constexpr std::size_t most_hidden_layers = 16;
  static constexpr std::int64_t most_units = 65'536;
};

[[nodiscard]] std::string to_string(ModelKind kind);

// In the order of the blocks: hidden.0, hidden.1, ..., output.
[[nodiscard]] std::vector<std::string> layer_names(const ModelSpec& spec);

// Weights and biases.
[[nodiscard]] std::uint64_t parameter_count(const ModelSpec& spec, std::size_t inputs, std::size_t outputs);

template <class Real>
[[nodiscard]] std::unique_ptr<Model<Real>> make_model(const ModelSpec& spec, const InputShape& inputs, std::size_t outputs);

}  // namespace rekindle
