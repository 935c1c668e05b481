// Optimizer: turns gradients into steps. It owns its accumulators; weights and gradients belong to the model.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/registry.hpp"

namespace rekindle {

// Where each element of a rearranged array was before; -1: nowhere, it is new.
using IndexMap = std::vector<std::ptrdiff_t>;

// One layer's weights beside their gradient: dense, of the same length; or sparse, then gradient[i] is that of
// weights[index[i]] and all others have none. A sparse block's step touches those coordinates and nothing else: weight decay
// and l1 act on a weight in the steps that have a gradient for it, its accumulators fade in those steps only, while what
// counts steps (bias correction, a decaying rate) counts all of them.
template <class Real>
struct ParameterBlock {
  std::span<Real> weights;
  std::span<Real> gradient;  // Clipping and regularisation change it in place.
  double rate_multiplier = 1;
  bool sparse = false;                        // A sparse block may have no coordinate at all in a step.
  std::span<const std::uint32_t> index = {};  // Of a sparse block; none is there twice.
  bool frozen = false;                        // No step; weights, accumulators and the gradient's norm are left alone.
  std::optional<double> weight_decay = {};    // Instead of the optimizer's.
  // With `deferred`, for `step` alone: the gradient is slope * input with slope behind it, and `step` writes it on its way.
  bool deferred = false;
  Real slope = 0;
  std::span<const Real> input = {};

  [[nodiscard]] std::size_t coordinate(std::size_t i) const { return sparse ? index[i] : i; }
  [[nodiscard]] std::size_t touched() const { return sparse ? index.size() : weights.size(); }
};

// What every optimizer takes, before its own rule sees the gradient. Order as with torch: clip, then weight decay and l1.
struct GradientOptions {
  double weight_decay = 0;       // Coupled: g += weight_decay * w. AdamW and Lion decouple it: w *= 1 - lr * weight_decay.
  double l1 = 0;                 // g += l1 * sign(w). FTRL has a rule of its own for it.
  double clip_norm = 0;          // Global norm over all blocks, torch's factor min(1, clip/(norm + 1e-6)); 0: off.
  double clip_value = 0;         // Each gradient into [-clip, clip]; 0: off.
  bool decoupled_decay = false;  // The rule applies weight_decay itself.

  // `prepare_gradient` has something to do, whatever the blocks say.
  [[nodiscard]] bool changes_gradient() const {
    return clip_norm > 0 || clip_value > 0 || l1 != 0 || (weight_decay != 0 && !decoupled_decay);
  }
};

// What a step found.
struct StepReport {
  double squared_norm = 0;  // Of the gradient, before clipping, over all blocks that are not frozen.
  bool finite = true;       // The new weights are.
  // The gradient is not: nothing changed.
  [[nodiscard]] bool refused() const { return !std::isfinite(squared_norm); }
};

template <class Real>
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // One step of every block at `rate`. The blocks must have the same sizes at every call but for `grow`.
  virtual void apply(std::span<const ParameterBlock<Real>> blocks, double rate) = 0;

  // `apply`, watched: where the gradient is not finite nothing is changed. `before` takes the weights before the step, block after
  // block, each `touched()` long.
  virtual StepReport step(std::span<const ParameterBlock<Real>> blocks, double rate, std::span<Real> before) = 0;

  // Momentum (Adam: beta1) from now on, for schedules that cycle it; nothing: the configured one. Ignored where there is
  // none. It is no state: whoever loads one sets the momentum of its step again.
  virtual void set_momentum(std::optional<double> /*momentum*/) {}
  [[nodiscard]] virtual bool has_momentum() const { return false; }

  // Those of a block: arrays as long as its weights.
  [[nodiscard]] virtual std::span<const std::vector<Real>> accumulators(std::size_t block) const = 0;

  // The mean, over the weights, of what it multiplies the rate with where it learns that itself; for people.
  [[nodiscard]] virtual double rate_factor() const { return 1; }

  // Accumulators, and Adam's bias-correction mass, times (1 - fraction); 1 equals a new optimizer. Weights stay.
  virtual void forget(double fraction) = 0;

  // Block `block` got new weights at its end (a new class): their accumulators start as in a new optimizer.
  virtual void grow(std::size_t block, std::size_t size) = 0;
  // The weights of `block` were rearranged (features came or went).
  virtual void remap(std::size_t block, const IndexMap& from) = 0;

  virtual void save(ByteWriter& out) const = 0;
  virtual void load(ByteReader& in) = 0;
};

// `sizes` are the blocks' lengths.
template <class Real>
using OptimizerPointer = std::unique_ptr<Optimizer<Real>>;

struct OptimizerFactory {
  std::function<OptimizerPointer<float>(const Parameters&, std::span<const std::size_t> sizes)> single;
  std::function<OptimizerPointer<double>(const Parameters&, std::span<const std::size_t> sizes)> twofold;
  double default_lr = 0.01;

  template <class Real>
  [[nodiscard]] OptimizerPointer<Real> make(const Parameters& parameters, std::span<const std::size_t> sizes) const {
    if constexpr (std::is_same_v<Real, float>) {
      return single(parameters, sizes);
    } else {
      return twofold(parameters, sizes);
    }
  }
};
using OptimizerRow = RegistryRow<OptimizerFactory>;

[[nodiscard]] std::span<const OptimizerRow> optimizers();

// weight_decay, l1, clip_norm, clip_value, reset_every: the keys every optimizer takes.
[[nodiscard]] std::span<const ParameterSpec> common_optimizer_parameters();
[[nodiscard]] GradientOptions gradient_options(const Parameters& parameters);

// Clips, then adds coupled weight decay and l1, in place. `squared`: the gradient's `squared_norm`, where it is known.
template <class Real>
void prepare_gradient(std::span<const ParameterBlock<Real>> blocks, const GradientOptions& options, std::optional<double> squared = {});

// Sum of squares over all blocks that are not frozen: not finite when any of their gradients is not.
template <class Real>
[[nodiscard]] double squared_norm(std::span<const ParameterBlock<Real>> blocks);

// The same, and writes the deferred gradients.
template <class Real>
[[nodiscard]] double write_and_square(std::span<const ParameterBlock<Real>> blocks);

}  // namespace rekindle
