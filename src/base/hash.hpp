// XXH3 checksums: 64 bits guard saved sections, 128 bits name a learning state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rekindle {

[[nodiscard]] std::uint64_t hash64(std::span<const std::byte> bytes);

// 32 lower-case hexadecimal digits, the high half first (the form that `xxhsum -H2` prints).
[[nodiscard]] std::string hash128_hex(std::span<const std::byte> bytes);

}  // namespace rekindle
