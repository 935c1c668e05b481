// Rounding: computing in 16 bits, while weights and accumulators stay in 32.
//
// Inputs, weights as they are used, sums, activations and gradients are rounded to the nearest 16-bit number wherever a
// 16-bit machine would store one; products are summed in 32 bits, as matrix units do (Micikevicius et al. 2018).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <type_traits>

namespace rekindle {

enum class Rounding : std::uint8_t { none, bfloat16, float16 };

template <class Real>
void round_all(Rounding rounding, std::span<Real> values) {
  if constexpr (std::is_same_v<Real, float>) {
    if (rounding == Rounding::bfloat16) {
      for (auto& one : values) one = static_cast<float>(static_cast<Eigen::bfloat16>(one));
    } else if (rounding == Rounding::float16) {
      for (auto& one : values) one = static_cast<float>(static_cast<Eigen::half>(one));
    }
  }
}

}  // namespace rekindle
