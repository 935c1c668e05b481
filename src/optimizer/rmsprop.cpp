#include <cmath>

#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// torch.optim.RMSprop: eps outside the root, the momentum buffer holds g / denominator, the LR is outside it.
template <class Real>
struct RmsProp : PlainRule {
  static constexpr std::size_t slots = 3;
  struct Coefficients {
    Real rate;
    Real alpha;
    Real rest;
    Real eps;
    Real momentum;
    Real centered;  // 1 or 0.
  };
  explicit RmsProp(const Parameters& p)
      : alpha_(p.real("alpha")),
        eps_(p.real("eps")),
        configured_(p.real("momentum")),
        momentum_(configured_),
        centered_(p.boolean("centered")) {}

  void set_momentum(std::optional<double> momentum) { momentum_ = has_momentum() ? momentum.value_or(configured_) : 0; }
  [[nodiscard]] bool has_momentum() const { return configured_ > 0; }
  [[nodiscard]] Coefficients coefficients(double rate) const {
    return {static_cast<Real>(rate), static_cast<Real>(alpha_),    static_cast<Real>(1 - alpha_),
            static_cast<Real>(eps_), static_cast<Real>(momentum_), centered_ ? Real{1} : Real{0}};
  }
  static void update(const Coefficients& c, Real& w, Real g, Real& square, Real& mean, Real& buffer) {
    square = c.alpha * square + c.rest * g * g;
    mean = c.centered * (c.alpha * mean + c.rest * g);
    const Real spread = square - mean * mean;
    buffer = c.momentum * buffer + g / (std::sqrt(spread > 0 ? spread : Real{0}) + c.eps);
    w -= c.rate * buffer;
  }

 private:
  double alpha_;
  double eps_;
  double configured_;
  double momentum_;
  bool centered_;
};

// The same without momentum and centering, and so without two thirds of the memory.
template <class Real>
struct PlainRmsProp : PlainRule {
  static constexpr std::size_t slots = 1;
  static constexpr std::size_t unused_slots = 2;
  struct Coefficients {
    Real rate;
    Real alpha;
    Real rest;
    Real eps;
  };
  explicit PlainRmsProp(const Parameters& p) : alpha_(p.real("alpha")), eps_(p.real("eps")) {}
  [[nodiscard]] Coefficients coefficients(double rate) const {
    return {static_cast<Real>(rate), static_cast<Real>(alpha_), static_cast<Real>(1 - alpha_), static_cast<Real>(eps_)};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& square) {
    square = c.alpha * square + c.rest * g * g;
    w -= c.rate * (g / (root(square) + c.eps));
  }

 private:
  double alpha_;
  double eps_;
};

bool is_plain(const Parameters& p) { return p.real("momentum") == 0 && !p.boolean("centered"); }

}  // namespace

OptimizerRow rmsprop_row() {
  return {
      "rmsprop",
      "gradient over the root of its running square (torch), optionally centered or with momentum",
      {real("alpha", 0.99).at_least(0).below(1).means("decay of the running square"), real("eps", 1e-8).above(0).means("added to the root"),
       real("momentum", 0).at_least(0).below(1).means("share of the step buffer kept"),
       boolean("centered", false).means("subtract the squared running mean of the gradient")},
      elementwise_factory<RmsProp, PlainRmsProp>(0.01, is_plain)};
}

}  // namespace rekindle
