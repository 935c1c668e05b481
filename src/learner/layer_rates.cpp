#include "learner/layer_rates.hpp"

#include <algorithm>

namespace rekindle {

namespace {

// Factor on the rate of a layer that has thawed.
double bump_after_thaw(const LayerSpec& layer, std::uint64_t update) {
  const std::uint64_t since = update - layer.unfreeze_at;
  if (!layer.frozen || layer.unfreeze_at == 0 || since >= layer.unfreeze_bump_updates) return 1;
  const double gone = static_cast<double>(since) / static_cast<double>(layer.unfreeze_bump_updates);
  return layer.unfreeze_bump + (1 - layer.unfreeze_bump) * gone;
}

}  // namespace

LayerRates::LayerRates(const MemberSpec& spec) {
  if (spec.layers.empty()) return;
  for (const auto& name : layer_names(spec.model)) {
    const auto given = std::ranges::find(spec.layers, name, &LayerSpec::name);
    Layer layer;
    if (given != spec.layers.end()) layer.spec = *given;
    layer.spec.name = name;
    if (layer.spec.schedule) layer.rate.emplace(*layer.spec.schedule);
    own_schedules_ = own_schedules_ || layer.rate.has_value();
    layers_.push_back(std::move(layer));
  }
}

bool LayerRates::frozen(const LayerSpec& layer, std::uint64_t update) {
  const bool has_thawed = layer.unfreeze_at != 0 && update >= layer.unfreeze_at;
  return layer.lr_multiplier == 0 || (layer.frozen && !has_thawed);
}

double LayerRates::factor(const Layer& layer, double rate, const StepClock& now) const {
  const auto& [spec, own] = layer;
  if (frozen(spec, now.updates)) return 0;
  const double multiplier = spec.lr_multiplier * bump_after_thaw(spec, now.updates);
  if (!own_schedules_) return multiplier;
  return multiplier * (own ? own->rate(now) : rate);
}

void LayerRates::begin(const StepClock& now) {
  for (auto& layer : layers_) {
    if (layer.rate) layer.rate->begin(now);
  }
}

void LayerRates::restart(const StepClock& now, double warmup_updates) {
  for (auto& layer : layers_) {
    if (layer.rate) layer.rate->restart(now, warmup_updates);
  }
}

void LayerRates::bump(const StepClock& now, double factor, double max_lr, double stretch) {
  for (auto& layer : layers_) {
    if (layer.rate) (void)layer.rate->bump(now, factor, max_lr, stretch);
  }
}

void LayerRates::cut(double factor) {
  for (auto& layer : layers_) {
    if (layer.rate) layer.rate->cut(factor);
  }
}

void LayerRates::hold(std::uint64_t until) {
  for (auto& layer : layers_) {
    if (layer.rate) layer.rate->hold(until);
  }
}

void LayerRates::save(ByteWriter& out) const {
  out.put<std::uint64_t>(static_cast<std::uint64_t>(std::ranges::count_if(layers_, [](const Layer& one) { return one.rate.has_value(); })));
  for (const auto& layer : layers_) {
    if (!layer.rate) continue;
    ByteWriter one;
    layer.rate->save(one);
    out.put_string(layer.spec.name);
    out.put_array(one.bytes());
  }
}

void LayerRates::load(ByteReader& in, const StepClock& now) {
  restart(now, 0);
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto name = in.get_string();
    const auto bytes = in.get_array<std::byte>();
    const auto layer = std::ranges::find_if(layers_, [&](const Layer& one) { return one.rate && one.spec.name == name; });
    if (layer == layers_.end()) continue;
    ByteReader one(bytes);
    layer->rate->load(one, now);
    if (!one.ok() || !one.at_end()) in.invalidate();
  }
}

}  // namespace rekindle
