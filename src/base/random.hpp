// The one random generator of the core: xoshiro256** (Blackman and Vigna 2018) seeded through splitmix64.
// The standard's distributions differ between libraries, so the draws are spelled out here and their bits are ours.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/bytes.hpp"

namespace rekindle {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15U;
      auto mixed = seed;
      mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
      mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
      word = mixed ^ (mixed >> 31U);
    }
  }

  std::uint64_t next() {
    const auto result = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // In [0, 1), 53 random bits.
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  // In [0, bound); the bias of the multiplication is below bound / 2^53.
  std::uint64_t below(std::uint64_t bound) { return static_cast<std::uint64_t>(uniform() * static_cast<double>(bound)); }

  // Standard normal by Box-Muller; the second value of each pair is not kept, so that the state is four words.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

  void save(ByteWriter& out) const {
    for (const auto word : state_) out.put(word);
  }
  void load(ByteReader& in) {
    for (auto& word : state_) in.get_into(word);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace rekindle
