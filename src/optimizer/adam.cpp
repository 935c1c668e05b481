#include <cmath>

#include "optimizer/betas.hpp"
#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

enum class Variant : std::uint8_t { adam, amsgrad, adamw };

// Kingma and Ba 2015, as torch: eps is added after the bias-corrected root. AMSGrad (Reddi et al. 2018) divides by the
// largest running square so far, uncorrected; AdamW (Loshchilov and Hutter 2019) shrinks the weights by rate * weight_decay
// before the step.
template <class Real, Variant Which>
struct AdamRule : PlainRule {
  static constexpr std::size_t slots = Which == Variant::amsgrad ? 3 : 2;
  static constexpr bool decoupled_decay = Which == Variant::adamw;
  struct Coefficients {
    Real step;  // rate / (1 - beta1^t)
    Real root;  // 1 / sqrt(1 - beta2^t)
    Real beta1;
    Real rest1;
    Real beta2;
    Real rest2;
    Real eps;
    Real keep;  // 1 - rate * weight_decay
  };
  explicit AdamRule(const Parameters& p) : betas_(p), eps_(p.real("eps")), decay_(p.real("weight_decay")) {}

  void advance() { betas_.advance(); }
  void set_momentum(std::optional<double> momentum) { betas_.set_momentum(momentum); }
  [[nodiscard]] bool has_momentum() const { return true; }
  void forget(double fraction) { betas_.forget(fraction); }
  [[nodiscard]] Coefficients coefficients(double rate, std::optional<double> decay = {}) const {
    return {static_cast<Real>(rate / betas_.mass1()),
            static_cast<Real>(1 / std::sqrt(betas_.mass2())),
            static_cast<Real>(betas_.beta1()),
            static_cast<Real>(1 - betas_.beta1()),
            static_cast<Real>(betas_.beta2()),
            static_cast<Real>(1 - betas_.beta2()),
            static_cast<Real>(eps_),
            static_cast<Real>(1 - rate * decay.value_or(decay_))};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& m, Number& v) {
    m = c.beta1 * m + c.rest1 * g;
    v = c.beta2 * v + c.rest2 * g * g;
    if constexpr (decoupled_decay) w *= c.keep;
    w -= c.step * m / (root(v) * c.root + c.eps);
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& m, Number& v, Number& largest) {
    m = c.beta1 * m + c.rest1 * g;
    v = c.beta2 * v + c.rest2 * g * g;
    largest = largest > v ? largest : v;
    w -= c.step * m / (root(largest) * c.root + c.eps);
  }
  void save(ByteWriter& out) const { betas_.save(out); }
  void load(ByteReader& in) { betas_.load(in); }

 private:
  BiasedBetas betas_;
  double eps_;
  double decay_;
};

template <class Real>
using Adam = AdamRule<Real, Variant::adam>;
template <class Real>
using AmsGrad = AdamRule<Real, Variant::amsgrad>;
template <class Real>
using AdamW = AdamRule<Real, Variant::adamw>;

}  // namespace

OptimizerRow adam_row() {
  return {"adam",
          "running means of the gradient and of its square, bias-corrected (torch)",
          {betas_parameter(0.9, 0.999), eps_parameter()},
          elementwise_factory<Adam>(0.001),
          betas_conflict};
}

OptimizerRow amsgrad_row() {
  return {"amsgrad",
          "Adam over the largest running square so far (torch)",
          {betas_parameter(0.9, 0.999), eps_parameter()},
          elementwise_factory<AmsGrad>(0.001),
          betas_conflict};
}

OptimizerRow adamw_row() {
  return {"adamw",
          "Adam with decoupled weight decay (torch)",
          {betas_parameter(0.9, 0.999), eps_parameter(),
           real("weight_decay", 0.01).at_least(0).means("weights shrink by rate * weight_decay each step")},
          elementwise_factory<AdamW>(0.001),
          betas_conflict};
}

}  // namespace rekindle
