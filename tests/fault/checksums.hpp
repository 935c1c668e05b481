// For tests that must get past the checksums: makes those of a damaged file right again.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "checkpoint/file_form.hpp"

namespace rekindle {

[[nodiscard]] inline std::vector<std::byte> with_right_checksums(std::vector<std::byte> file) {
  constexpr std::size_t length_at = 12;
  constexpr std::size_t checksum_at = 16;
  if (file.size() < fixed_bytes) return file;
  std::uint32_t length = 0;
  std::memcpy(&length, &file[length_at], sizeof length);
  const auto rest = std::span(file).subspan(fixed_bytes);
  if (length > rest.size()) return file;
  const auto bytes = rest.first(length);

  stored::Header header;
  auto sections = rest.subspan(length);
  if (header.ParseFromArray(bytes.data(), static_cast<int>(length))) {
    for (auto& section : *header.mutable_sections()) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(section.stored_size(), sections.size()));
      section.set_checksum(hash64(sections.first(size)));
      sections = sections.subspan(size);
    }
    const auto text = header.SerializeAsString();
    // Another length only where damage made the encoding an unusual one; that stays as it is.
    if (text.size() == bytes.size()) std::memcpy(bytes.data(), text.data(), text.size());
  }
  const auto checksum = hash64(bytes);
  std::memcpy(&file[checksum_at], &checksum, sizeof checksum);
  return file;
}

}  // namespace rekindle
