#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// Duchi et al. 2011, as torch.optim.Adagrad: the rate is lr / (1 + (t-1)*lr_decay).
template <class Real>
struct Adagrad : PlainRule {
  static constexpr std::size_t slots = 1;
  struct Coefficients {
    Real rate;
    Real eps;
  };
  explicit Adagrad(const Parameters& p)
      : lr_decay_(p.real("lr_decay")), initial_(p.real("initial_accumulator_value")), eps_(p.real("eps")) {}

  void advance() { ++steps_; }
  void forget(double fraction) { steps_ *= 1 - fraction; }
  [[nodiscard]] double initial(std::size_t /*slot*/) const { return initial_; }
  [[nodiscard]] Coefficients coefficients(double rate) const {
    return {static_cast<Real>(rate / (1 + (steps_ - 1) * lr_decay_)), static_cast<Real>(eps_)};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& sum) {
    sum += g * g;
    w -= c.rate * g / (root(sum) + c.eps);
  }
  void save(ByteWriter& out) const { out.put(steps_); }
  void load(ByteReader& in) { in.get_into(steps_); }

 private:
  double lr_decay_;
  double initial_;
  double eps_;
  double steps_ = 0;
};

}  // namespace

OptimizerRow adagrad_row() {
  return {
      "adagrad",
      "gradient over the root of the sum of its squares: each weight's step decays by itself (torch)",
      {real("lr_decay", 0).at_least(0).means("lr / (1 + (t-1) * lr_decay)"),
       real("initial_accumulator_value", 0).at_least(0).means("the sum's start"), real("eps", 1e-10).above(0).means("added to the root")},
      elementwise_factory<Adagrad>(0.01)};
}

}  // namespace rekindle
