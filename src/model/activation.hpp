// Activation: what a hidden unit makes of its sum, and the slope of that.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

namespace rekindle {

enum class Activation : std::uint8_t { relu, tanh, gelu };

[[nodiscard]] inline std::string to_string(Activation activation) {
  switch (activation) {
    case Activation::relu: return "relu";
    case Activation::tanh: return "tanh";
    case Activation::gelu: return "gelu";
  }
  return "";
}

// gelu is the exact one: the sum times the normal distribution function (Hendrycks and Gimpel 2016; torch's default).
template <class Real>
[[nodiscard]] Real activate(Activation activation, Real sum) {
  switch (activation) {
    case Activation::relu: return sum > 0 ? sum : Real{0};
    case Activation::tanh: return std::tanh(sum);
    case Activation::gelu: return sum * (1 + std::erf(sum * std::numbers::sqrt2_v<Real> / 2)) / 2;
  }
  return sum;
}

// d value / d sum, where `value` is what `activate` made of `sum`; relu's at exactly 0 is 0, as torch's.
template <class Real>
[[nodiscard]] Real activation_slope(Activation activation, Real sum, Real value) {
  switch (activation) {
    case Activation::relu: return sum > 0 ? Real{1} : Real{0};
    case Activation::tanh: return 1 - value * value;
    case Activation::gelu: {
      constexpr Real density_at_zero = std::numbers::inv_sqrtpi_v<Real> * std::numbers::sqrt2_v<Real> / 2;
      return (1 + std::erf(sum * std::numbers::sqrt2_v<Real> / 2)) / 2 + sum * density_at_zero * std::exp(-sum * sum / 2);
    }
  }
  return 1;
}

}  // namespace rekindle
