#include "optimizer/idbd.hpp"

#include <algorithm>

#include "optimizer/elementwise.hpp"

namespace rekindle {

namespace {

// With g the gradient, h the trace of recent steps and v a slowly falling maximum of |g h|:
//   a <- a (1 + theta * (-g h) / v)     consecutive gradients of one direction raise a weight's step size
//   step = min(rate * a, 1 / g^2)       so that no step overshoots its own gradient
//   w <- w - step g,  h <- h (1 - step g^2) - step g
// theta .03, a within e^-7 .. e^5, v falls by 1e-4 per step: measured over 31 streams.
template <class Real>
struct Idbd : PlainRule {
  static constexpr std::size_t slots = 3;
  static constexpr bool learns_rate = true;
  static constexpr double smallest = 9.1188196555451624e-4;  // e^-7
  static constexpr double largest = 148.41315910257660;      // e^5
  struct Coefficients {
    Real rate;
  };
  explicit Idbd(const Parameters& /*parameters*/) {}

  [[nodiscard]] double initial(std::size_t slot) const { return slot == 0 ? 1 : 0; }
  [[nodiscard]] Coefficients coefficients(double rate) const { return {static_cast<Real>(rate)}; }
  static void update(const Coefficients& c, Real& w, Real g, Real& factor, Real& trace, Real& scale) {
    const Real correlation = -g * trace;
    const Real size = correlation < 0 ? -correlation : correlation;
    const Real faded = scale + Real(1e-4) * (size - scale);
    const Real norm = size > faded ? size : faded;
    scale = norm;
    Real grown = factor * (Real{1} + Real(0.03) * (correlation / (norm + Real(1e-30))));
    grown = grown < Real(smallest) ? Real(smallest) : grown;
    grown = grown > Real(largest) ? Real(largest) : grown;
    factor = grown;
    const Real wanted = c.rate * grown;
    const Real reach = wanted * g * g;
    const Real step = wanted / (reach > Real{1} ? reach : Real{1});
    const Real kept = Real{1} - (reach > Real{1} ? Real{1} : reach);
    w -= step * g;
    trace = trace * kept - step * g;
  }
};

}  // namespace

const OptimizerRow& idbd_row() {
  static const OptimizerRow row = {"idbd", "a learned step size for each weight", {}, elementwise_factory<Idbd>(0.03)};
  return row;
}

}  // namespace rekindle
