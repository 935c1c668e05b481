#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// Zeiler 2012, as torch.optim.Adadelta: the running square of the steps takes the place of a rate; lr scales the result.
template <class Real>
struct Adadelta : PlainRule {
  static constexpr std::size_t slots = 2;
  struct Coefficients {
    Real rate;
    Real rho;
    Real rest;
    Real eps;
  };
  explicit Adadelta(const Parameters& p) : rho_(p.real("rho")), eps_(p.real("eps")) {}
  [[nodiscard]] Coefficients coefficients(double rate) const {
    return {static_cast<Real>(rate), static_cast<Real>(rho_), static_cast<Real>(1 - rho_), static_cast<Real>(eps_)};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& square, Number& step_square) {
    square = c.rho * square + c.rest * g * g;
    const Number step = root(step_square + c.eps) / root(square + c.eps) * g;
    step_square = c.rho * step_square + c.rest * step * step;
    w -= c.rate * step;
  }

 private:
  double rho_;
  double eps_;
};

}  // namespace

OptimizerRow adadelta_row() {
  return {"adadelta",
          "steps as large as the running mean of earlier steps (torch)",
          {real("rho", 0.9).at_least(0).below(1).means("decay of the two running squares"),
           real("eps", 1e-6).above(0).means("added under both roots")},
          elementwise_factory<Adadelta>(1.0)};
}

}  // namespace rekindle
