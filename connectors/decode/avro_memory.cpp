#include "connectors/decode/avro_memory.hpp"

#include <avro.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

namespace rekindle {

namespace {

thread_local std::size_t most_now = std::numeric_limits<std::size_t>::max();
thread_local bool listing = false;
thread_local std::vector<void*> held;  // By avro-c since the AvroScratch began, the oldest first.

// The newest are freed first, so it is found at once.
void replace(const void* old, void* now) {
  const auto at = std::find(held.rbegin(), held.rend(), old);
  if (at == held.rend()) return;
  *at = now;
  if (now == nullptr) held.erase(std::next(at).base());
}

// Pieces are those of malloc, whoever frees them: some are older than this function's being the allocator, or outlive a scope.
void* allocate(void* /*user_data*/, void* old, std::size_t /*old_size*/, std::size_t size) {
  if (size == 0) {  // Nothing is no piece either: avro-c would write before its beginning.
    if (listing && old != nullptr) replace(old, nullptr);
    std::free(old);
    return nullptr;
  }
  if (size > most_now) return nullptr;
  if (!listing) return std::realloc(old, size);
  held.reserve(held.size() + 1);  // First: an exception may not pass through C with the piece in nobody's hands.
  auto* const piece = std::realloc(old, size);
  if (piece == nullptr) return nullptr;
  if (old == nullptr) {
    held.push_back(piece);
  } else {
    replace(old, piece);
  }
  return piece;
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
  (void)avro_strerror();  // Its buffer is the thread's, and stays.
  listing = true;
}

AvroScratch::~AvroScratch() {
  listing = false;
  for (auto* piece : held) std::free(piece);
  held.clear();
}

}  // namespace rekindle
