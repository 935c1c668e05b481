#include "connectors/decode/avro_memory.hpp"

#include <avro.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

namespace rekindle {

namespace {

// What avro-c holds since the AvroScratch began, the oldest first: a text, or the key of a map for each level of nesting, which is bounded
// far below this. No vector, whose beginning every use on every thread would have to look for.
struct Held {
  std::array<void*, 256> pieces;
  std::size_t count;
  bool listing;
};

constinit thread_local std::size_t most_now = std::numeric_limits<std::size_t>::max();
constinit thread_local Held held = {};

// Where it is in there; the count: it is older. The newest are freed first, so it is found at once.
std::size_t place_of(const void* piece) {
  for (std::size_t i = held.count; i > 0; --i) {
    if (held.pieces[i - 1] == piece) return i - 1;
  }
  return held.count;
}

void* list(void* old, std::size_t size) {
  const bool is_new = old == nullptr;
  const auto place = is_new ? held.count : place_of(old);
  if (is_new && place == held.pieces.size()) return nullptr;
  auto* const piece = std::realloc(old, size);
  if (piece != nullptr && (is_new || place < held.count)) held.pieces[place] = piece;
  if (piece != nullptr && is_new) ++held.count;
  return piece;
}

void release(void* piece) {
  if (const auto place = place_of(piece); place < held.count) {
    std::copy(held.pieces.begin() + place + 1, held.pieces.begin() + held.count, held.pieces.begin() + place);
    --held.count;
  }
  std::free(piece);
}

// Pieces are those of malloc, whoever frees them: some are older than this function's being the allocator, or outlive a scope.
void* allocate(void* /*user_data*/, void* old, std::size_t /*old_size*/, std::size_t size) {
  if (size == 0) {  // Nothing is no piece either: avro-c would write before its beginning.
    release(old);
    return nullptr;
  }
  if (size > most_now) return nullptr;
  return held.listing ? list(old, size) : std::realloc(old, size);
}

void become_the_allocator() {
  static const bool ready = [] {
    avro_set_allocator(allocate, nullptr);
    return true;
  }();
  (void)ready;
}

}  // namespace

AvroMemoryLimit::AvroMemoryLimit(std::size_t most) : before_(most_now) {
  become_the_allocator();
  most_now = most;
}

AvroMemoryLimit::~AvroMemoryLimit() { most_now = before_; }

AvroScratch::AvroScratch() {
  become_the_allocator();
  (void)avro_strerror();  // Where avro-c is built for threads, its buffer is the thread's, and stays.
  held.listing = true;
}

AvroScratch::~AvroScratch() {
  held.listing = false;
  for (std::size_t i = 0; i < held.count; ++i) std::free(held.pieces[i]);
  held.count = 0;
}

}  // namespace rekindle
