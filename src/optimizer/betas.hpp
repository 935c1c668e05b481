// The two decay rates of Adam and its kin.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/parameters.hpp"

namespace rekindle {

// `betas`, as a pair in [0, 1).
[[nodiscard]] ParameterSpec betas_parameter(double beta1, double beta2);
[[nodiscard]] ParameterSpec eps_parameter();
[[nodiscard]] std::string betas_conflict(const Parameters& p);

// Betas and their bias correction, kept as the masses 1 - beta^t themselves, so that `forget` can take a part of them away
// with the moments. A schedule may cycle beta1.
class BiasedBetas {
 public:
  explicit BiasedBetas(const Parameters& p) : configured1_(p.reals("betas")[0]), beta1_(configured1_), beta2_(p.reals("betas")[1]) {}

  void advance() {
    mass1_ = beta1_ * mass1_ + (1 - beta1_);
    mass2_ = beta2_ * mass2_ + (1 - beta2_);
  }
  void set_momentum(std::optional<double> momentum) { beta1_ = momentum.value_or(configured1_); }
  void forget(double fraction) {
    mass1_ *= 1 - fraction;
    mass2_ *= 1 - fraction;
  }
  [[nodiscard]] double beta1() const { return beta1_; }
  [[nodiscard]] double beta2() const { return beta2_; }
  [[nodiscard]] double mass1() const { return mass1_; }
  [[nodiscard]] double mass2() const { return mass2_; }
  void save(ByteWriter& out) const {
    out.put(mass1_);
    out.put(mass2_);
  }
  void load(ByteReader& in) {
    in.get_into(mass1_);
    in.get_into(mass2_);
  }

 private:
  double configured1_;
  double beta1_;
  double beta2_;
  double mass1_ = 0;
  double mass2_ = 0;
};

}  // namespace rekindle
