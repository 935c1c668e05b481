// ElementwiseOptimizer: the frame of every optimizer whose rule looks at one coordinate at a time.
//
// A rule is a small class:
//   static constexpr std::size_t slots;                 accumulators per coordinate
//   explicit Rule(const Parameters&);
//   double initial(std::size_t slot) const;             what a new accumulator holds
//   auto coefficients(double rate) const;               everything that is the same for all coordinates; with decoupled_decay
//                                                       it takes a std::optional<double> too, the block's own weight_decay
//   static void update(const Coefficients&, Real& weight, Real gradient, Real& slot0, ...);
//                                                       a template where it can be: OnePass (which needs that) and SparsePass call
//                                                       it for vectors of Real as well
// It inherits from PlainRule what it has no use for, such as `forget`. The loop over coordinates is one inlined pass; the only virtual call
// is per update.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "optimizer/one_pass.hpp"
#include "optimizer/restore.hpp"
#include "optimizer/sparse_pass.hpp"

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
      const auto c = coefficients(i, blocks[i], rate);
      (void)update_block<false>(blocks[i], slots_[i], c, nullptr, std::make_index_sequence<Rule<Real>::slots>{});
    }
  }

  StepReport step(std::span<const ParameterBlock<Real>> blocks, double rate, std::span<Real> before) override {
    const bool changes = options_.changes_gradient() || has_own_decay(blocks);
    if constexpr (Rule<Real>::slots == 0) {
      if (!changes) return step_at_once(blocks, rate, before);
    }
    StepReport report{write_and_square(blocks)};
    if (report.refused()) return report;
    if (changes) prepare_gradient(blocks, options_, report.squared_norm);
    BitsOf<Real> carries{};
    Real* to = before.data();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (!blocks[i].frozen) rules_[i].advance();
      carries |= watched(blocks[i], i, rate, to);
      to += blocks[i].touched();
    }
    report.finite = all_finite<Real>(carries);
    return report;
  }

  void set_momentum(std::optional<double> momentum) override {
    for (auto& rule : rules_) rule.set_momentum(momentum);
  }
  [[nodiscard]] bool has_momentum() const override { return rule_.has_momentum(); }

  [[nodiscard]] std::span<const std::vector<Real>> accumulators(std::size_t block) const override { return slots_[block]; }

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

  // A rule without accumulators has nothing but weights to take back, so one pass does it all: the gradient, its norm, the step.
  StepReport step_at_once(std::span<const ParameterBlock<Real>> blocks, double rate,
                          std::span<Real> before) requires(Rule<Real>::slots == 0) {
    StepReport report;
    BitsOf<Real> carries{};
    Real* to = before.data();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto& block = blocks[i];
      if (block.frozen) {
        report.squared_norm += write_and_square<Real>({&block, 1});
        carries |= watched(block, i, rate, to);
      } else if (block.sparse) {
        carries |= pass_over<true>(block, i, rate, to, report.squared_norm);
      } else {
        carries |= pass_over<false>(block, i, rate, to, report.squared_norm);
      }
      to += block.touched();
    }
    report.finite = all_finite<Real>(carries);
    if (report.refused()) restore_weights<Real>(blocks, before);
    return report;
  }

  template <bool sparse>
  BitsOf<Real> pass_over(const ParameterBlock<Real>& block, std::size_t i, double rate, Real* before, double& squared_norm) {
    OnePass<Real, Rule<Real>, sparse> pass(block, coefficients(i, block, rate), before);
    squared_norm += static_cast<double>(pass.run());
    return pass.carries();
  }

  // Block i's step; a frozen one stays, and is looked at all the same.
  BitsOf<Real> watched(const ParameterBlock<Real>& block, std::size_t i, double rate, Real* before) {
    if (!block.frozen)
      return update_block<true>(block, slots_[i], coefficients(i, block, rate), before, std::make_index_sequence<Rule<Real>::slots>{});
    BitsOf<Real> carries{};
    for (std::size_t j = 0; j < block.touched(); ++j) {
      before[j] = block.weights[block.coordinate(j)];
      carries |= carry_of(before[j]);
    }
    return carries;
  }

  static bool has_own_decay(std::span<const ParameterBlock<Real>> blocks) {
    for (const auto& block : blocks) {
      if (block.weight_decay) return true;
    }
    return false;
  }

  // With `keep`: the weights before go to `before`, and the new ones' `carry_of` are returned.
  template <bool keep, class Coefficients, std::size_t... Slot>
  static BitsOf<Real> update_block(const ParameterBlock<Real>& block, Slots& slots, const Coefficients c, Real* before,
                                   std::index_sequence<Slot...>) {
    const std::array<Real*, sizeof...(Slot)> memory = {slots[Slot].data()...};
    if (block.sparse) return SparsePass<Real, Rule<Real>, sizeof...(Slot), keep>(block, c, memory, before).run();
    Real* const weights = block.weights.data();
    const Real* const gradient = block.gradient.data();
    const auto size = static_cast<std::ptrdiff_t>(block.touched());
    BitsOf<Real> carries{};
#pragma GCC ivdep
    for (std::ptrdiff_t j = 0; j < size; ++j) {
      if constexpr (keep) before[j] = weights[j];
      Rule<Real>::update(c, weights[j], gradient[j], memory[Slot][j]...);
      if constexpr (keep) carries |= carry_of(weights[j]);
    }
    return carries;
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
