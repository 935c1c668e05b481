#include "optimizer/elementwise.hpp"
#include "optimizer/rows.hpp"

namespace rekindle {

namespace {

// torch.optim.SGD(momentum): b = mu*b + (1-dampening)*g, the first step b = g; the LR is outside the buffer, so a change of
// the LR acts at once. Nesterov steps along g + mu*b.
template <class Real, bool LooksAhead>
struct MomentumRule : PlainRule {
  static constexpr std::size_t slots = 1;
  struct Coefficients {
    Real rate;
    Real momentum;
    Real intake;  // 1 - dampening, but 1 at the first step.
  };
  explicit MomentumRule(const Parameters& p)
      : configured_(p.real("momentum")), momentum_(configured_), dampening_(LooksAhead ? 0 : p.real("dampening")) {}

  void advance() {
    intake_ = started_ ? 1 - dampening_ : 1;
    started_ = true;
  }
  void set_momentum(std::optional<double> momentum) { momentum_ = momentum.value_or(configured_); }
  [[nodiscard]] bool has_momentum() const { return true; }
  void forget(double fraction) {
    if (fraction == 1) started_ = false;
  }
  [[nodiscard]] Coefficients coefficients(double rate) const {
    return {static_cast<Real>(rate), static_cast<Real>(momentum_), static_cast<Real>(intake_)};
  }
  template <class Number>
  static void update(const Coefficients& c, Number& w, Number g, Number& b) {
    b = c.momentum * b + c.intake * g;
    w -= c.rate * (LooksAhead ? g + c.momentum * b : b);
  }
  void save(ByteWriter& out) const { out.put(started_); }
  void load(ByteReader& in) { started_ = in.get<std::uint8_t>() != 0; }

 private:
  double configured_;
  double momentum_;
  double dampening_;
  double intake_{};  // Of this step: `advance` comes first.
  bool started_ = false;
};

template <class Real>
using Heavy = MomentumRule<Real, false>;
template <class Real>
using Nesterov = MomentumRule<Real, true>;

ParameterSpec momentum_parameter() { return real("momentum", 0.9).at_least(0).below(1).means("share of the buffer kept each step"); }

}  // namespace

OptimizerRow momentum_row() {
  return {"momentum",
          "SGD with a momentum buffer (torch: the LR is outside it)",
          {momentum_parameter(), real("dampening", 0).at_least(0).below(1).means("share of the gradient kept out of the buffer")},
          elementwise_factory<Heavy>(0.01)};
}

OptimizerRow nesterov_row() {
  return {"nesterov", "SGD with Nesterov's momentum (torch)", {momentum_parameter()}, elementwise_factory<Nesterov>(0.01)};
}

}  // namespace rekindle
