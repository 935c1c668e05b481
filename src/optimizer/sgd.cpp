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
  static void update(const Coefficients& c, Real& w, Real g) { w -= c.rate * g; }
};

}  // namespace

OptimizerRow sgd_row() { return {"sgd", "plain gradient steps: w -= lr * g", {}, elementwise_factory<Sgd>(0.01)}; }

}  // namespace rekindle
