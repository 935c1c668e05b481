#include <cmath>

#include "optimizer/betas.hpp"
#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// Dozat 2016, as torch.optim.NAdam: mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) instead of beta1 in the bias
// correction, and a step along the gradient and the next momentum. (Keras' Nadam is momentum_decay = 1.)
template <class Real>
struct Nadam : PlainRule {
  static constexpr std::size_t slots = 2;
  struct Coefficients {
    Real gradient_step;  // rate * (1 - mu_t) / (1 - prod mu)
    Real moment_step;    // rate * mu_(t+1) / (1 - prod mu * mu_(t+1))
    Real root;           // 1 / sqrt(1 - beta2^t)
    Real beta1;
    Real rest1;
    Real beta2;
    Real rest2;
    Real eps;
  };
  explicit Nadam(const Parameters& p) : betas_(p), eps_(p.real("eps")), momentum_decay_(p.real("momentum_decay")) {}

  void advance() {
    betas_.advance();
    ++steps_;
    mass_ = 1 - (1 - mass_) * mu(steps_);
  }
  void set_momentum(std::optional<double> momentum) { betas_.set_momentum(momentum); }
  [[nodiscard]] bool has_momentum() const { return true; }
  void forget(double fraction) {
    betas_.forget(fraction);
    steps_ *= 1 - fraction;
    mass_ *= 1 - fraction;
  }
  [[nodiscard]] Coefficients coefficients(double rate) const {
    const double next = mu(steps_ + 1);
    return {static_cast<Real>(rate * (1 - mu(steps_)) / mass_),
            static_cast<Real>(rate * next / (1 - (1 - mass_) * next)),
            static_cast<Real>(1 / std::sqrt(betas_.mass2())),
            static_cast<Real>(betas_.beta1()),
            static_cast<Real>(1 - betas_.beta1()),
            static_cast<Real>(betas_.beta2()),
            static_cast<Real>(1 - betas_.beta2()),
            static_cast<Real>(eps_)};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& m, Number& v) {
    m = c.beta1 * m + c.rest1 * g;
    v = c.beta2 * v + c.rest2 * g * g;
    w -= (c.gradient_step * g + c.moment_step * m) / (root(v) * c.root + c.eps);
  }
  void save(ByteWriter& out) const {
    betas_.save(out);
    out.put(steps_);
    out.put(mass_);
  }
  void load(ByteReader& in) {
    betas_.load(in);
    in.get_into(steps_);
    in.get_into(mass_);
  }

 private:
  [[nodiscard]] double mu(double t) const { return betas_.beta1() * (1 - 0.5 * std::pow(0.96, t * momentum_decay_)); }

  BiasedBetas betas_;
  double eps_;
  double momentum_decay_;
  double steps_ = 0;
  double mass_ = 0;  // 1 - prod mu
};

}  // namespace

OptimizerRow nadam_row() {
  return {"nadam",
          "Adam with Nesterov's momentum, warmed up by momentum_decay (torch)",
          {betas_parameter(0.9, 0.999), eps_parameter(), real("momentum_decay", 0.004).at_least(0).means("how fast the momentum warms up")},
          elementwise_factory<Nadam>(0.002),
          betas_conflict};
}

}  // namespace rekindle
