// How much avro-c may allocate: it takes the length of a text by its word, a negative one too.
#pragma once

#include <cstddef>

namespace rekindle {

// In its scope, on this thread, no single piece is larger than `most` bytes; more is out of memory to avro-c, which says so.
class AvroMemoryLimit {
 public:
  explicit AvroMemoryLimit(std::size_t most);
  ~AvroMemoryLimit();
  AvroMemoryLimit(const AvroMemoryLimit&) = delete;
  AvroMemoryLimit& operator=(const AvroMemoryLimit&) = delete;

 private:
  std::size_t before_;
};

}  // namespace rekindle
