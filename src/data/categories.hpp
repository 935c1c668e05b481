// CategoryEncoder: from the texts of categorical fields to coordinates of the sparse input.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "data/sample.hpp"

namespace rekindle {

enum class Encoding : std::uint8_t { onehot, hash };

[[nodiscard]] std::string to_string(Encoding encoding);

struct CategorySpec {
  std::vector<std::string> fields;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  // Of fields; a pair of values is a value of its own.
  Encoding encoding = Encoding::onehot;
  unsigned hash_bits = 18;
};

// A value is named "country=DE", a pair of values "country*device=DE*mobile"; its coordinate has the value 1.
// One-hot: the coordinate is the next free one when the value comes for the first time, and kept for good; at most
// 2^hash_bits of them, after which a value that was never seen has none and only the bias and the other features speak.
// Hash: VW's hash of the name, for a pair VW's hash of both, modulo 2^hash_bits.
class CategoryEncoder {
 public:
  explicit CategoryEncoder(CategorySpec spec);

  // `texts` are in the order of the fields; an empty one is missing and has no coordinate. Ascending afterwards. A new value
  // is taken in, unless `frozen`.
  void encode(std::span<const std::string_view> texts, std::vector<SparseEntry>& out, bool frozen = false);

  // Of a one-hot encoding: the names by coordinate.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // No further values from now on.
  void close() { limit_ = names_.size(); }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void add_named(bool frozen, std::vector<SparseEntry>& out);
  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  void rehash(std::size_t slots);

  CategorySpec spec_;
  std::size_t limit_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> slots_;  // Open addressing: 1 + a coordinate, 0 = free. A power of two, at most half full.

  // Buffers, reused; not state.
  std::string name_;
  std::vector<std::uint32_t> hashes_;  // By field.
};

}  // namespace rekindle
