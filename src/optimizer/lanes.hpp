// Lanes: several numbers side by side in a register, with the elementwise operators of the language.
#pragma once

#include <immintrin.h>

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "optimizer/finite.hpp"

namespace rekindle {

template <class Real, std::size_t lanes>
struct Lanes {
  static constexpr std::size_t count = lanes;
  using Vector [[gnu::vector_size(lanes * sizeof(Real))]] = Real;
  using Bits [[gnu::vector_size(lanes * sizeof(Real))]] = BitsOf<Real>;

  [[nodiscard]] static Vector load(const Real* from) {
    Vector out;
    std::memcpy(&out, from, sizeof out);
    return out;
  }
  static void store(Real* to, Vector values) { std::memcpy(to, &values, sizeof values); }

  // from[index[0]], from[index[1]], ...: in registers, since a load of what was just stored in pieces waits for all of them.
  [[nodiscard]] static Vector gather(const Real* from, const std::uint32_t* index) {
    return gather(from, index, std::make_index_sequence<count>{});
  }
  static void scatter(Real* to, const std::uint32_t* index, Vector values) {
    for (std::size_t k = 0; k < count; ++k) to[index[k]] = values[k];
  }

  // `carry_of` each.
  [[nodiscard]] static Bits carries(Vector values) { return carry_of_bits<Real>(reinterpret_cast<Bits>(values)); }
  // What `all_finite` asks of all of them.
  [[nodiscard]] static BitsOf<Real> either(Bits carries) { return BitsOf<Real>{signs(carries) != 0} << (8 * sizeof(Real) - 1); }

 private:
  template <std::size_t... K>
  static Vector gather(const Real* from, const std::uint32_t* index, std::index_sequence<K...>) {
    return Vector{from[index[K]]...};
  }
  static int signs(Bits of) {
    if constexpr (sizeof of == 32 && sizeof(Real) == 4) return _mm256_movemask_ps(reinterpret_cast<__m256>(of));
    if constexpr (sizeof of == 32 && sizeof(Real) == 8) return _mm256_movemask_pd(reinterpret_cast<__m256d>(of));
    if constexpr (sizeof of == 16 && sizeof(Real) == 4) return _mm_movemask_ps(reinterpret_cast<__m128>(of));
    if constexpr (sizeof of == 16 && sizeof(Real) == 8) return _mm_movemask_pd(reinterpret_cast<__m128d>(of));
  }
};

// As wide as Eigen's packets, whose sum comes in the order of its own.
template <class Real>
struct PacketLanes : Lanes<Real, Eigen::internal::packet_traits<Real>::size> {
  [[nodiscard]] static Real sum(typename PacketLanes::Vector values) {
    return Eigen::internal::predux(static_cast<typename Eigen::internal::packet_traits<Real>::type>(values));
  }
};

// The square root of a number, or of each in a vector of Lanes: rounded alike.
template <class Number>
[[nodiscard]] Number root(Number of) {
  if constexpr (std::is_floating_point_v<Number>) {
    return std::sqrt(of);
  } else {
    constexpr bool is_single = std::is_same_v<std::remove_cvref_t<decltype(of[0])>, float>;
    if constexpr (sizeof of == 32 && is_single) return reinterpret_cast<Number>(_mm256_sqrt_ps(reinterpret_cast<__m256>(of)));
    if constexpr (sizeof of == 32 && !is_single) return reinterpret_cast<Number>(_mm256_sqrt_pd(reinterpret_cast<__m256d>(of)));
    if constexpr (sizeof of == 16 && is_single) return reinterpret_cast<Number>(_mm_sqrt_ps(reinterpret_cast<__m128>(of)));
    if constexpr (sizeof of == 16 && !is_single) return reinterpret_cast<Number>(_mm_sqrt_pd(reinterpret_cast<__m128d>(of)));
  }
}

}  // namespace rekindle
