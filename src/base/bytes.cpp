#include "base/bytes.hpp"

namespace rekindle {

// Out of line: inlined into a chain of writes, gcc 12 sees overflows that are not there.
void ByteWriter::append(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), first, first + size);
}

}  // namespace rekindle
