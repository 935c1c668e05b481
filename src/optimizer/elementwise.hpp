// ElementwiseOptimizer: the frame of every optimizer whose rule looks at one coordinate at a time.
//
// A rule is a small class:
//   static constexpr std::size_t slots;                 accumulators per coordinate
//   explicit Rule(const Parameters&);
//   double initial(std::size_t slot) const;             what a new accumulator holds
//   auto coefficients(double rate) const;               everything that is the same for all coordinates; with decoupled_decay
//                                                       it takes a std::optional<double> too, the block's own weight_decay
//   static void update(const Coefficients&, Real& weight, Real gradient, Real& slot0, ...);
// It inherits from PlainRule what it has no use for, such as `forget`. The loop over coordinates is one inlined pass; the only virtual call
// is per update.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "optimizer/optimizer.hpp"

namespace rekindle {

template <class Real, template <class> class Rule>
class ElementwiseOptimizer final : public Optimizer<Real> {
 public:
  ElementwiseOptimizer(const Parameters& parameters, std::span<const std::size_t> sizes)
      : rule_(parameters), rules_(sizes.size(), rule_), options_(gradient_options(parameters)) {
    options_.decoupled_decay = Rule<Real>::decoupled_decay;
    if constexpr (Rule<Real>::own_l1) options_.l1 = 0;
    for (const auto size : sizes) add_block(size);
  }

  void apply(std::span<const ParameterBlock<Real>> blocks, double rate) override {
    prepare_gradient(blocks, options_);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (blocks[i].frozen) continue;
      rules_[i].advance();
      update_block(blocks[i], slots_[i], coefficients(i, blocks[i], rate), std::make_index_sequence<Rule<Real>::slots>{});
    }
  }

  void set_momentum(std::optional<double> momentum) override {
    for (auto& rule : rules_) rule.set_momentum(momentum);
  }
  [[nodiscard]] bool has_momentum() const override { return rule_.has_momentum(); }

  void forget(double fraction) override {
    for (auto& block : slots_) {
      for (std::size_t slot = 0; slot < block.size(); ++slot) {
        const auto fresh = static_cast<Real>(rule_.initial(slot));
        const auto keep = static_cast<Real>(1 - fraction);
        for (auto& value : block[slot]) value = fraction == 1 ? fresh : value * keep;
      }
    }
    for (auto& rule : rules_) rule.forget(fraction);
  }

  [[nodiscard]] double rate_factor() const override {
    if constexpr (Rule<Real>::learns_rate) {
      double sum = 0;
      std::size_t count = 0;
      for (const auto& block : slots_) {
        for (const auto factor : block[0]) sum += static_cast<double>(factor);
        count += block[0].size();
      }
      return count == 0 ? 1 : sum / static_cast<double>(count);
    }
    return 1;
  }

  void grow(std::size_t block, std::size_t size) override {
    for (std::size_t slot = 0; slot < Rule<Real>::slots; ++slot) slots_[block][slot].resize(size, static_cast<Real>(rule_.initial(slot)));
  }

  void remap(std::size_t block, const IndexMap& from) override {
    for (std::size_t slot = 0; slot < Rule<Real>::slots; ++slot) {
      std::vector<Real> moved;
      for (const auto old : from) {
        moved.push_back(old < 0 ? static_cast<Real>(rule_.initial(slot)) : slots_[block][slot][static_cast<std::size_t>(old)]);
      }
      slots_[block][slot] = std::move(moved);
    }
  }

  void save(ByteWriter& out) const override {
    for (const auto& rule : rules_) rule.save(out);
    for (const auto& block : slots_) {
      for (const auto& slot : block) out.put_array(slot);
      for (std::size_t i = 0; i < Rule<Real>::unused_slots; ++i) out.put_array(std::vector<Real>{});
    }
  }

  void load(ByteReader& in) override {
    for (auto& rule : rules_) rule.load(in);
    for (auto& block : slots_) {
      for (std::size_t slot = 0; slot < block.size(); ++slot) load_slot(in, slot, block[slot]);
      for (std::size_t i = 0; i < Rule<Real>::unused_slots; ++i) (void)in.get_array<Real>();
    }
  }

 private:
  using Slots = std::array<std::vector<Real>, Rule<Real>::slots>;

  void add_block(std::size_t size) {
    Slots block;
    for (std::size_t slot = 0; slot < block.size(); ++slot) block[slot].assign(size, static_cast<Real>(rule_.initial(slot)));
    slots_.push_back(std::move(block));
  }

  // A slot that the saving variant did not use starts as in a new optimizer.
  void load_slot(ByteReader& in, std::size_t slot, std::vector<Real>& values) {
    auto read = in.get_array<Real>();
    if (read.empty() && slot > 0) read.assign(values.size(), static_cast<Real>(rule_.initial(slot)));
    if (read.size() != values.size()) return in.invalidate();
    values = std::move(read);
  }

  [[nodiscard]] auto coefficients(std::size_t i, const ParameterBlock<Real>& block, double rate) const {
    const double block_rate = rate * block.rate_multiplier;
    if constexpr (Rule<Real>::decoupled_decay) return rules_[i].coefficients(block_rate, block.weight_decay);
    if constexpr (!Rule<Real>::decoupled_decay) return rules_[i].coefficients(block_rate);
  }

  template <class Coefficients, std::size_t... Slot>
  static void update_block(const ParameterBlock<Real>& block, Slots& slots, const Coefficients c, std::index_sequence<Slot...>) {
    Real* const weights = block.weights.data();
    const Real* const gradient = block.gradient.data();
    const std::array<Real*, sizeof...(Slot)> memory = {slots[Slot].data()...};
    if (block.sparse) {
      for (std::size_t i = 0; i < block.index.size(); ++i) {
        const std::size_t j = block.index[i];
        Rule<Real>::update(c, weights[j], gradient[i], memory[Slot][j]...);
      }
      return;
    }
    const auto size = static_cast<std::ptrdiff_t>(block.weights.size());
#pragma GCC ivdep
    for (std::ptrdiff_t j = 0; j < size; ++j) Rule<Real>::update(c, weights[j], gradient[j], memory[Slot][j]...);
  }

  Rule<Real> rule_;  // As in a new optimizer.
  // One a block, so that a layer that thaws late has its own steps in the bias correction, as a parameter has in torch.
  std::vector<Rule<Real>> rules_;
  GradientOptions options_;
  std::vector<Slots> slots_;
};

// What a rule without memory of its own inherits.
struct PlainRule {
  static constexpr bool decoupled_decay = false;  // The rule applies weight_decay itself, times the rate.
  static constexpr bool own_l1 = false;           // The rule applies l1 itself.
  static constexpr bool learns_rate = false;      // Slot 0 is a factor on the rate.
  static constexpr std::size_t unused_slots = 0;  // Saved as empty after the slots: those of the rule's fuller variant.
  void advance() {}
  void set_momentum(std::optional<double> /*momentum*/) {}
  [[nodiscard]] bool has_momentum() const { return false; }
  void forget(double /*fraction*/) {}
  void save(ByteWriter& /*out*/) const {}
  void load(ByteReader& /*in*/) {}
  [[nodiscard]] double initial(std::size_t /*slot*/) const { return 0; }
};

// Two rules that give the same numbers, `Lean` for the parameters that `is_lean` names.
template <template <class> class Full, template <class> class Lean>
[[nodiscard]] OptimizerFactory elementwise_factory(double default_lr, bool (*is_lean)(const Parameters&)) {
  const auto make = [is_lean]<class Real>(const Parameters& p, std::span<const std::size_t> sizes) -> OptimizerPointer<Real> {
    if (is_lean(p)) return std::make_unique<ElementwiseOptimizer<Real, Lean>>(p, sizes);
    return std::make_unique<ElementwiseOptimizer<Real, Full>>(p, sizes);
  };
  return {[make](const Parameters& p, std::span<const std::size_t> sizes) { return make.template operator()<float>(p, sizes); },
          [make](const Parameters& p, std::span<const std::size_t> sizes) { return make.template operator()<double>(p, sizes); },
          default_lr};
}

template <template <class> class Rule>
[[nodiscard]] OptimizerFactory elementwise_factory(double default_lr) {
  return {[](const Parameters& p, std::span<const std::size_t> sizes) -> OptimizerPointer<float> {
            return std::make_unique<ElementwiseOptimizer<float, Rule>>(p, sizes);
          },
          [](const Parameters& p, std::span<const std::size_t> sizes) -> OptimizerPointer<double> {
            return std::make_unique<ElementwiseOptimizer<double, Rule>>(p, sizes);
          },
          default_lr};
}

}  // namespace rekindle
