// Model: raw scores from features, and the gradient of whatever the loss says about those scores.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/input.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

// A tensor as it leaves in `export`: row-major, [outputs, inputs] for a weight.
struct NamedTensor {
  std::string name;
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

template <class Real>
class Model {
 public:
  virtual ~Model() = default;

  // Raw scores, valid until the next call. Keeps what `backward` needs.
  [[nodiscard]] virtual std::span<const Real> forward(const Input<Real>& x) = 0;

  // Where learning goes by other scores than predicting (dropout), `backward` follows `forward_to_learn`; elsewhere the last
  // `forward` serves both.
  [[nodiscard]] virtual bool learns_from_another_forward() const { return false; }
  [[nodiscard]] virtual std::span<const Real> forward_to_learn(const Input<Real>& x) { return forward(x); }

  // Adds (or, with `first`, writes) the gradient of the last `forward` to the blocks' gradients.
  virtual void backward(const Input<Real>& x, std::span<const Real> score_gradient, bool first) = 0;

  // `backward` with `first`, of a batch of one that an optimizer's `step` follows at once: it may leave the gradient to that
  // (ParameterBlock::deferred), and keeps hold of `x`.
  virtual void backward_to_step(const Input<Real>& x, std::span<const Real> score_gradient) { backward(x, score_gradient, true); }

  // Weights and gradients by layer; valid until one of the next three.
  [[nodiscard]] virtual std::span<const ParameterBlock<Real>> blocks() = 0;

  // A new class: its weights start as in a new model; all others keep their values. Returns what `remap_inputs` does; an
  // empty map is that of a block that did not change.
  [[nodiscard]] virtual std::vector<IndexMap> grow_outputs(std::size_t outputs) = 0;

  // New sparse coordinates up to `coordinates`: appended to the block whose index is returned, and start at zero. Only for
  // a model that has a sparse part.
  virtual std::size_t grow_sparse(std::size_t /*coordinates*/) { return 0; }
  [[nodiscard]] virtual std::optional<std::size_t> sparse_coordinates() const { return std::nullopt; }

  // The features changed: new feature j was feature from[j], or -1 for one that starts at zero. Returns, for each block,
  // where each of its new weights was, for the optimizer's accumulators.
  [[nodiscard]] virtual std::vector<IndexMap> remap_inputs(const IndexMap& from) = 0;

  [[nodiscard]] virtual std::vector<NamedTensor> tensors() const = 0;
  // Takes one of them as its weights. False: no layer has that name and shape.
  [[nodiscard]] virtual bool assign(const NamedTensor& tensor) = 0;

  virtual void save(ByteWriter& out) const = 0;
  virtual void load(ByteReader& in) = 0;

  // The gradient of a batch that is not full yet.
  virtual void save_gradient(ByteWriter& out) const = 0;
  virtual void load_gradient(ByteReader& in) = 0;
};

}  // namespace rekindle
