// Feature hashing: from names to coordinates of a sparse input, with the hashes of Vowpal Wabbit.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/sample.hpp"

namespace rekindle {

inline constexpr unsigned least_hash_bits = 1;
inline constexpr unsigned most_hash_bits = 28;

// MurmurHash3 x86, 32 bits (Appleby).
[[nodiscard]] std::uint32_t murmur3(std::string_view bytes, std::uint32_t seed);

// VW's `--hash strings`, its default: a name of digits alone is that integer plus `space`, any other name is hashed with
// `space` as the seed; control characters and blanks around a name are no part of it. `space` is the hash of the namespace
// with 0 as its space; 0 for the namespace without a name.
[[nodiscard]] std::uint32_t feature_hash(std::string_view name, std::uint32_t space);

// VW's hash of a pair of features (FNV): not the same the other way round.
[[nodiscard]] constexpr std::uint32_t interaction_hash(std::uint32_t first, std::uint32_t second) { return (first * 16777619U) ^ second; }

// The coordinate among 2^bits that a hash stands for.
[[nodiscard]] constexpr std::uint32_t coordinate_of(std::uint32_t hash, unsigned bits) { return hash & ((std::uint32_t{1} << bits) - 1); }

// In ascending order, features that share a coordinate added up. False: a sum is not finite.
[[nodiscard]] bool put_in_order(std::vector<SparseEntry>& entries);

// The same, and faster where records name the same features in the same order as those before them.
class EntryOrder {
 public:
  [[nodiscard]] bool put_in_order(std::vector<SparseEntry>& entries);

 private:
  [[nodiscard]] bool repeat(std::vector<SparseEntry>& entries, bool& finite);
  void remember(const std::vector<SparseEntry>& entries);
  std::vector<std::uint32_t> from_;  // Of each entry in its order, where it was in a record before.
  std::vector<SparseEntry> ordered_;
  std::uint64_t misses_ = 0;  // Records in a row that had another order.
};

}  // namespace rekindle
