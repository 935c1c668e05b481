// What the next few bytes of a text are, told at once: a loop over them costs more in branches that are guessed wrong than in arithmetic.
// All of them are read, whether the text has as many or not: it needs its padding.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rekindle {

// Bytes before the first that is `one`, of the 32 from `at` on; 32 where there is none.
[[nodiscard]] inline std::size_t bytes_before(const char* at, char one) {
  const auto found = _mm256_cmpeq_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)), _mm256_set1_epi8(one));
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(_mm256_movemask_epi8(found))));
}

// Finds the first byte that is one of two, which it holds in memory: GCC makes a constant anew for each use, with three instructions.
class EitherByte {
 public:
  EitherByte(char one, char other) {
    one_.fill(one);
    other_.fill(other);
  }
  // Bytes before it, of the 32 from `at` on; 32 where there is none.
  [[nodiscard]] std::size_t before(const char* at) const {
    const auto load = [](const char* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); };
    const auto bytes = load(at);
    const auto found = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, load(one_.data())), _mm256_cmpeq_epi8(bytes, load(other_.data())));
    return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(_mm256_movemask_epi8(found))));
  }

 private:
  alignas(32) std::array<char, 32> one_;
  alignas(32) std::array<char, 32> other_;
};

// A short text and a character behind it that others may begin with; with a longer one, none does.
class Beginning {
 public:
  static constexpr std::size_t longest = 15;  // Without the character behind it.

  Beginning() = default;
  Beginning(std::string_view text, char behind) {
    if (text.size() > longest) return;
    std::array<char, longest + 1> bytes{};
    std::array<char, longest + 1> mask{};
    text.copy(bytes.data(), text.size());
    bytes[text.size()] = behind;
    std::fill_n(mask.begin(), text.size() + 1, '\xFF');
    bytes_ = std::bit_cast<Words>(bytes);
    mask_ = std::bit_cast<Words>(mask);
  }
  // Of a text that may go on behind the first `longest` + 1 characters; of one, at least.
  [[nodiscard]] static Beginning of(std::string_view text) {
    text = text.substr(0, longest + 1);
    return {text.substr(0, text.size() - 1), text.back()};
  }
  // Reads `longest` + 1 bytes.
  [[nodiscard]] bool begins(const char* at) const {
    Words words;
    std::memcpy(words.data(), at, sizeof words);
    return (((words[0] & mask_[0]) ^ bytes_[0]) | ((words[1] & mask_[1]) ^ bytes_[1])) == 0;
  }

 private:
  using Words = std::array<std::uint64_t, 2>;
  Words bytes_ = {1, 0};  // Which nothing masked by nothing is.
  Words mask_{};
};

}  // namespace rekindle
