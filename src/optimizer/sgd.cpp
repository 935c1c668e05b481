#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

template <class Real>
struct Sgd : PlainRule {
  static constexpr std::size_t slots = 0;
  struct Coefficients {
    Real rate;
  };
  explicit Sgd(const Parameters& /*p*/) {}
  [[nodiscard]] Coefficients coefficients(double rate) const { return {static_cast<Real>(rate)}; }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g) {
    w -= c.rate * g;
  }
};

}  // namespace

OptimizerRow sgd_row() { return {"sgd", "plain gradient steps: w -= lr * g", {}, elementwise_factory<Sgd>(0.01)}; }

}  // namespace rekindle
