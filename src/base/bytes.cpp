#include "base/bytes.hpp"

namespace rekindle {

// Out of line: inlined into a chain of writes, gcc 12 sees overflows that are not there.
void ByteWriter::append(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  // A large state grows by a quarter, not to twice its size.
  if (const auto needed = bytes_.size() + size; needed > bytes_.capacity()) bytes_.reserve(needed + needed / 4);
  bytes_.insert(bytes_.end(), first, first + size);
}

}  // namespace rekindle
