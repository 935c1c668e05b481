#include "data/hashing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace rekindle {

namespace {

constexpr std::uint32_t scrambled(std::uint32_t block) { return std::rotl(block * 0xCC9E2D51U, 15) * 0x1B873593U; }

constexpr std::uint32_t avalanched(std::uint32_t hash) {
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16);
}

bool is_blank(char c) { return static_cast<signed char>(c) >= 0 && c <= ' '; }

}  // namespace

std::uint32_t murmur3(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t hash = seed;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (; bytes.size() >= 4; bytes.remove_prefix(4)) {
    std::uint32_t block = 0;
    std::memcpy(&block, bytes.data(), 4);
    hash = std::rotl(hash ^ scrambled(block), 13) * 5 + 0xE6546B64U;
  }
  std::uint32_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  hash ^= scrambled(tail);
  return avalanched(hash ^ size);
}

std::uint32_t feature_hash(std::string_view name, std::uint32_t space) {
  while (!name.empty() && is_blank(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  std::uint32_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return murmur3(name, space);
    number = 10 * number + static_cast<std::uint32_t>(c - '0');
  }
  return number + space;
}

bool put_in_order(std::vector<SparseEntry>& entries) {
  std::ranges::sort(entries, {}, &SparseEntry::index);
  std::size_t last = 0;
  bool finite = entries.empty() || std::isfinite(entries[0].value);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].index == entries[last].index) {
      entries[last].value += entries[i].value;
    } else {
      entries[++last] = entries[i];
    }
    finite &= std::isfinite(entries[last].value);
  }
  if (!entries.empty()) entries.resize(last + 1);
  return finite;
}

}  // namespace rekindle
