#include <cmath>
#include <limits>

#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// McMahan et al. 2013 in the form of keras.optimizers.Ftrl: z holds what is left of the weights without l1 and l2, n the
// sum of squared gradients, and p = -learning_rate_power:
//   z += g + 2*shrink*w - ((n + g^2)^p - n^p) / rate * w
//   w = (clip(z, -l1, l1) - z) / (n^p / rate + 2*l2 + beta / rate)
// A rate of 0, for which that is not defined, moves nothing; neither does a coordinate that never had a gradient where no
// other term holds it.
template <class Real, bool ByRoot>
struct FtrlRule : PlainRule {
  static constexpr std::size_t slots = 2;
  static constexpr bool own_l1 = true;
  struct Coefficients {
    Real per_rate;  // 1 / rate; 0 for a rate of 0.
    Real power;
    Real l1;
    Real ridge;  // 2*l2 + beta / rate
    Real twice_shrinkage;
  };
  explicit FtrlRule(const Parameters& p)
      : power_(-p.real("learning_rate_power")),
        initial_(p.real("initial_accumulator_value")),
        l1_(p.real("l1")),
        l2_(p.real("l2")),
        shrinkage_(p.real("l2_shrinkage")),
        beta_(p.real("beta")) {}

  [[nodiscard]] double initial(std::size_t slot) const { return slot == 0 ? 0 : initial_; }
  [[nodiscard]] Coefficients coefficients(double rate) const {
    const double per_rate = rate > static_cast<double>(std::numeric_limits<Real>::min()) ? 1 / rate : 0;
    return {static_cast<Real>(per_rate), static_cast<Real>(power_), static_cast<Real>(l1_), static_cast<Real>(2 * l2_ + beta_ * per_rate),
            static_cast<Real>(2 * shrinkage_)};
  }
  static void update(const Coefficients& c, Real& w, Real g, Real& z, Real& n) {
    if (c.per_rate == 0) return;
    // Everything is computed before anything is chosen or stored, or the loop would not vectorize.
    const Real held = w;
    const Real sum = n + g * g;
    const Real raised = powered(c, sum);
    const Real left = z + (g + c.twice_shrinkage * held - (raised - powered(c, n)) * c.per_rate * held);
    const Real below = left > c.l1 ? c.l1 : left;
    const Real clipped = below < -c.l1 ? -c.l1 : below;
    const Real quadratic = raised * c.per_rate + c.ridge;
    const Real next = (clipped - left) / quadratic;
    z = left;
    n = sum;
    w = quadratic > 0 ? next : held;
  }

 private:
  static Real powered(const Coefficients& c, Real n) {
    if constexpr (ByRoot) return std::sqrt(n);
    return std::pow(n, c.power);
  }
  double power_;
  double initial_;
  double l1_;
  double l2_;
  double shrinkage_;
  double beta_;
};

template <class Real>
using Ftrl = FtrlRule<Real, false>;
template <class Real>
using RootFtrl = FtrlRule<Real, true>;

bool is_root(const Parameters& p) { return p.real("learning_rate_power") == -0.5; }

}  // namespace

OptimizerRow ftrl_row() {
  return {
      "ftrl",
      "follow the regularised leader: exact zeros by l1, each weight's step decays by itself (Keras)",
      {real("learning_rate_power", -0.5).at_most(0).means("how the rate falls with the sum of squared gradients; 0: not at all"),
       real("initial_accumulator_value", 0.1).at_least(0).means("the sum's start"),
       real("l1", 0).at_least(0).means("weights whose evidence is below this are exactly 0"),
       real("l2", 0).at_least(0).means("L2 penalty inside the rule"),
       real("l2_shrinkage", 0).at_least(0).means("L2 penalty on the gradient"), real("beta", 0).at_least(0).means("damps the first steps")},
      elementwise_factory<Ftrl, RootFtrl>(0.1, is_root)};
}

}  // namespace rekindle
