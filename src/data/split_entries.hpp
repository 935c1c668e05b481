// split_entries: sparse features as two arrays, which is what models take.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "data/sample.hpp"

namespace rekindle {

// Both arrays as long as `entries`. Values are rounded to the nearest Real.
template <class Real>
void split_entries(std::span<const SparseEntry> entries, std::uint32_t* index, Real* value) {
  std::size_t i = 0;
  if constexpr (std::is_same_v<Real, float>) {
    static_assert(sizeof(SparseEntry) == 16 && offsetof(SparseEntry, value) == 8);
    for (; i + 4 <= entries.size(); i += 4) {
      const auto* const at = reinterpret_cast<const double*>(&entries[i]);
      const auto first = _mm256_loadu_pd(at);
      const auto second = _mm256_loadu_pd(at + 4);
      const auto values = _mm256_permute4x64_pd(_mm256_unpackhi_pd(first, second), 0b11'01'10'00);
      _mm_storeu_ps(value + i, _mm256_cvtpd_ps(values));
      const auto indices = _mm256_castpd_si256(_mm256_unpacklo_pd(first, second));
      const auto near = _mm256_permutevar8x32_epi32(indices, _mm256_setr_epi32(0, 4, 2, 6, 0, 4, 2, 6));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(index + i), _mm256_castsi256_si128(near));
    }
  }
  for (; i < entries.size(); ++i) {
    index[i] = entries[i].index;
    value[i] = static_cast<Real>(entries[i].value);
  }
}

}  // namespace rekindle
