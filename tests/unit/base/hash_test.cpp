#include "base/hash.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// Values of xxhsum -H2 and -H3.
TEST(Hash, IsXxh3) {
  EXPECT_EQ(hash128_hex({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2U);
  EXPECT_EQ(hash128_hex(bytes("abc")).size(), 32U);
  EXPECT_NE(hash128_hex(bytes("abc")), hash128_hex(bytes("abd")));
}

}  // namespace
}  // namespace rekindle
