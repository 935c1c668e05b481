// LayerRates: what `[[model.layers]]` says of each layer's steps: multiplier, own schedule, weight decay, frozen or thawed.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "learner/rate_control.hpp"
#include "optimizer/optimizer.hpp"

namespace rekindle {

class LayerRates {
 public:
  explicit LayerRates(const MemberSpec& spec);

  // True where no layer differs from the others.
  [[nodiscard]] bool empty() const { return layers_.empty(); }

  // Sets multiplier, freezing and weight decay of the model's blocks, in their order, for the update at `now`. Returns the
  // rate that the optimizer is to apply: `rate`, or 1 where a layer has a schedule of its own (the multipliers are whole
  // rates then).
  template <class Real>
  [[nodiscard]] double set(std::span<ParameterBlock<Real>> blocks, double rate, const StepClock& now) const {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto& layer = layers_[i < layers_.size() ? i : 0];
      blocks[i].frozen = frozen(layer.spec, now.updates);
      blocks[i].rate_multiplier = factor(layer, rate, now);
      blocks[i].weight_decay = layer.spec.weight_decay;
    }
    return own_schedules_ ? 1 : rate;
  }

  // As with RateControl, for every schedule of a layer's own.
  void begin(const StepClock& now);
  void restart(const StepClock& now, double warmup_updates);
  void bump(const StepClock& now, double factor, double max_lr, double stretch);
  void cut(double factor);
  void hold(std::uint64_t until);
  void save(ByteWriter& out) const;
  // What was saved of a layer that has no schedule of its own any more is skipped; one that is new starts at `now`.
  void load(ByteReader& in, const StepClock& now);

 private:
  struct Layer {
    LayerSpec spec;
    std::optional<RateControl> rate;
  };
  [[nodiscard]] static bool frozen(const LayerSpec& layer, std::uint64_t update);
  [[nodiscard]] double factor(const Layer& layer, double rate, const StepClock& now) const;

  std::vector<Layer> layers_;  // One a block; a block beyond is the sparse part of the first. Empty where the configuration names none.
  bool own_schedules_ = false;
};

}  // namespace rekindle
