// What avro-c may allocate, and what it leaves behind: it takes the length of a text by its word, a negative one too, and where a record
// is cut it forgets what it held.
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

// What avro-c allocates in its scope, on this thread, and has not freed at its end is freed then. For calls that leave nothing
// behind: what is to live on must be there before. One at a time on a thread.
class AvroScratch {
 public:
  AvroScratch();
  ~AvroScratch();
  AvroScratch(const AvroScratch&) = delete;
  AvroScratch& operator=(const AvroScratch&) = delete;
};

}  // namespace rekindle
