#include "connectors/kafka/payload_arena.hpp"

#include <cstring>

#include "connectors/source.hpp"

namespace rekindle::kafka {

namespace {
// A batch of small records touches only the beginning, which stays in the cache; several of the largest that the default
// configuration takes (1 MiB) fit as well.
constexpr std::size_t block_size = std::size_t{4} << 20;
}  // namespace

PayloadArena::PayloadArena() : block_(std::make_unique_for_overwrite<char[]>(block_size)) {}

std::string_view PayloadArena::copy(std::string_view payload) {
  const auto size = payload.size() + payload_padding;
  char* at = block_.get() + used_;
  if (size <= block_size - used_) {
    used_ += size;
  } else {
    at = large_.emplace_back(std::make_unique_for_overwrite<char[]>(size)).get();
  }
  if (!payload.empty()) std::memcpy(at, payload.data(), payload.size());
  std::memset(at + payload.size(), 0, payload_padding);
  return {at, payload.size()};
}

bool PayloadArena::full() const { return !large_.empty() || used_ > block_size / 2; }

void PayloadArena::clear() {
  used_ = 0;
  large_.clear();
}

}  // namespace rekindle::kafka
