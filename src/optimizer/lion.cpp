#include "optimizer/betas.hpp"
#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// Chen et al. 2023, as optax.lion: w -= rate * (sign(b1*m + (1-b1)*g) + weight_decay*w), then m = b2*m + (1-b2)*g.
template <class Real>
struct Lion : PlainRule {
  static constexpr std::size_t slots = 1;
  static constexpr bool decoupled_decay = true;
  struct Coefficients {
    Real rate;
    Real beta1;
    Real rest1;
    Real beta2;
    Real rest2;
    Real keep;  // 1 - rate * weight_decay
  };
  explicit Lion(const Parameters& p)
      : configured1_(p.reals("betas")[0]), beta1_(configured1_), beta2_(p.reals("betas")[1]), decay_(p.real("weight_decay")) {}

  void set_momentum(std::optional<double> momentum) { beta1_ = momentum.value_or(configured1_); }
  [[nodiscard]] bool has_momentum() const { return true; }
  [[nodiscard]] Coefficients coefficients(double rate, std::optional<double> decay) const {
    return {static_cast<Real>(rate),   static_cast<Real>(beta1_),     static_cast<Real>(1 - beta1_),
            static_cast<Real>(beta2_), static_cast<Real>(1 - beta2_), static_cast<Real>(1 - rate * decay.value_or(decay_))};
  }
  static void update(const Coefficients& c, Real& w, Real g, Real& m) {
    const Real direction = c.beta1 * m + c.rest1 * g;
    const Real sign = direction > 0 ? Real{1} : (direction < 0 ? Real{-1} : Real{0});
    w = c.keep * w - c.rate * sign;
    m = c.beta2 * m + c.rest2 * g;
  }

 private:
  double configured1_;
  double beta1_;
  double beta2_;
  double decay_;
};

}  // namespace

OptimizerRow lion_row() {
  return {"lion",
          "the sign of a running mean of the gradient, with decoupled weight decay (optax)",
          {betas_parameter(0.9, 0.99), real("weight_decay", 0).at_least(0).means("weights shrink by rate * weight_decay each step")},
          elementwise_factory<Lion>(0.0001),
          betas_conflict};
}

}  // namespace rekindle
