#include "optimizer/betas.hpp"

namespace rekindle {

ParameterSpec betas_parameter(double beta1, double beta2) {
  return of_kind("betas", ParameterKind::reals)
      .or_else(Array{Value(beta1), Value(beta2)})
      .at_least(0)
      .below(1)
      .means("decay of the two running means");
}

ParameterSpec eps_parameter() { return real("eps", 1e-8).above(0).means("added to the root"); }

std::string betas_conflict(const Parameters& p) { return p.reals("betas").size() == 2 ? "" : "betas must be two numbers"; }

}  // namespace rekindle
