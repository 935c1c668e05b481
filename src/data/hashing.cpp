#include "data/hashing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace rekindle {

namespace {

constexpr std::uint32_t scrambled(std::uint32_t block) { return std::rotl(block * 0xCC9E2D51U, 15) * 0x1B873593U; }

constexpr std::uint32_t avalanched(std::uint32_t hash) {
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16);
}

bool is_blank(char c) { return static_cast<signed char>(c) >= 0 && c <= ' '; }

constexpr std::size_t few = 64;
constexpr std::size_t lanes = 4;

// On so few, a sort's wrong guesses of branches take most of its time: here an entry's place is how many come before it, counted without
// any.
void sort_few(std::vector<SparseEntry>& entries) {
  std::array<SparseEntry, few> given;
  std::array<std::int64_t, few> keys;
  const auto count = entries.size();
  const auto padded = (count + lanes - 1) / lanes * lanes;
  for (std::size_t i = 0; i < count; ++i) {
    given[i] = entries[i];
    keys[i] = static_cast<std::int64_t>(std::uint64_t{entries[i].index} * few + i);  // No two are equal.
  }
  for (std::size_t i = count; i < padded; ++i) keys[i] = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t before = 0;
    for (std::size_t j = 0; j < padded; ++j) before += keys[j] < keys[i] ? 1 : 0;
    entries[static_cast<std::size_t>(before)] = given[i];
  }
}

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
  for (std::size_t i = 0; i < bytes.size(); ++i) tail |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
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
  if (entries.size() <= few) {
    sort_few(entries);
  } else {
    std::ranges::sort(entries, {}, &SparseEntry::index);
  }
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

bool EntryOrder::put_in_order(std::vector<SparseEntry>& entries) {
  bool finite = true;
  if (entries.size() == from_.size() && repeat(entries, finite)) {
    misses_ = 0;
    return finite;
  }
  ++misses_;
  if (std::has_single_bit(misses_)) remember(entries);
  return rekindle::put_in_order(entries);
}

// Only where the order is strict is it the one that sorting makes.
bool EntryOrder::repeat(std::vector<SparseEntry>& entries, bool& finite) {
  ordered_.resize(entries.size());
  bool strict = true;
  std::int64_t before = -1;
  for (std::size_t i = 0; i < from_.size(); ++i) {
    // Field by field, as they were written a moment ago.
    const auto& entry = entries[from_[i]];
    const auto index = entry.index;
    const auto value = entry.value;
    ordered_[i].index = index;
    ordered_[i].value = value;
    finite &= std::isfinite(value);
    strict &= index > before;
    before = index;
  }
  if (strict) entries.swap(ordered_);
  return strict;
}

void EntryOrder::remember(const std::vector<SparseEntry>& entries) {
  from_.resize(entries.size());
  std::iota(from_.begin(), from_.end(), 0U);
  std::ranges::sort(from_, {}, [&](std::uint32_t i) { return entries[i].index; });
}

}  // namespace rekindle
