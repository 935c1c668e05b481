#include "data/categories.hpp"

#include "data/hashing.hpp"

namespace rekindle {

std::string to_string(Encoding encoding) { return encoding == Encoding::onehot ? "onehot" : "hash"; }

CategoryEncoder::CategoryEncoder(CategorySpec spec)
    : spec_(std::move(spec)), limit_(std::size_t{1} << spec_.hash_bits), slots_(64, 0), hashes_(spec_.fields.size(), 0) {}

void CategoryEncoder::encode(std::span<const std::string_view> texts, std::vector<SparseEntry>& out, bool frozen) {
  out.clear();
  for (std::size_t i = 0; i < spec_.fields.size(); ++i) {
    if (texts[i].empty()) continue;
    name_.assign(spec_.fields[i]).append(1, '=').append(texts[i]);
    if (spec_.encoding == Encoding::onehot) {
      add_named(frozen, out);
    } else {
      hashes_[i] = feature_hash(name_, 0);
      out.push_back({coordinate_of(hashes_[i], spec_.hash_bits), 1});
    }
  }
  for (const auto& [first, second] : spec_.pairs) {
    if (texts[first].empty() || texts[second].empty()) continue;
    if (spec_.encoding == Encoding::hash) {
      out.push_back({coordinate_of(interaction_hash(hashes_[first], hashes_[second]), spec_.hash_bits), 1});
      continue;
    }
    name_.assign(spec_.fields[first]).append(1, '*').append(spec_.fields[second]);
    name_.append(1, '=').append(texts[first]).append(1, '*').append(texts[second]);
    add_named(frozen, out);
  }
  (void)put_in_order(out);  // Sums of ones are finite.
}

// The slot that holds `name`, or the free one where it belongs.
std::size_t CategoryEncoder::slot_of(std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = murmur3(name, 0) & mask;
  while (slots_[slot] != 0 && names_[slots_[slot] - 1] != name) slot = (slot + 1) & mask;
  return slot;
}

void CategoryEncoder::add_named(bool frozen, std::vector<SparseEntry>& out) {
  auto slot = slot_of(name_);
  if (slots_[slot] == 0) {
    if (frozen || names_.size() >= limit_) return;
    if (2 * names_.size() + 2 > slots_.size()) {
      rehash(2 * slots_.size());
      slot = slot_of(name_);
    }
    names_.push_back(name_);
    slots_[slot] = static_cast<std::uint32_t>(names_.size());
  }
  out.push_back({slots_[slot] - 1, 1});
}

void CategoryEncoder::rehash(std::size_t slots) {
  slots_.assign(slots, 0);
  for (std::size_t i = 0; i < names_.size(); ++i) slots_[slot_of(names_[i])] = static_cast<std::uint32_t>(i + 1);
}

void CategoryEncoder::save(ByteWriter& out) const {
  out.put<std::uint64_t>(names_.size());
  for (const auto& name : names_) out.put_string(name);
}

void CategoryEncoder::load(ByteReader& in) {
  names_.clear();
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) names_.push_back(in.get_string());
  std::size_t slots = 64;
  while (slots < 2 * names_.size()) slots *= 2;
  rehash(slots);
}

}  // namespace rekindle
