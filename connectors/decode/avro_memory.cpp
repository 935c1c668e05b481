#include "connectors/decode/avro_memory.hpp"

#include <avro.h>

#include <cstdlib>
#include <limits>

namespace rekindle {

namespace {

thread_local std::size_t most_now = std::numeric_limits<std::size_t>::max();

// Nothing is no piece either: avro-c would write before its beginning.
void* allocate(void* /*user_data*/, void* old, std::size_t /*old_size*/, std::size_t size) {
  if (size == 0) std::free(old);
  return size == 0 || size > most_now ? nullptr : std::realloc(old, size);
}

}  // namespace

AvroMemoryLimit::AvroMemoryLimit(std::size_t most) : before_(most_now) {
  static const bool ready = [] {
    avro_set_allocator(allocate, nullptr);
    return true;
  }();
  most_now = ready ? most : 0;
}

AvroMemoryLimit::~AvroMemoryLimit() { most_now = before_; }

}  // namespace rekindle
