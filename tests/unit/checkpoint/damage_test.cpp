#include "tests/unit/checkpoint/support.hpp"

namespace rekindle {
namespace {

// Every bit, and all bits, of every byte of a file with everything in it: each has to fail, and with a reason.
TEST(CheckpointDamage, NoWrongByteAnywhereIsLoaded) {
  const auto good = encode_checkpoint(small_checkpoint());
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto file = good;
    for (const unsigned change : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0xffU}) {
      file[at] = good[at] ^ static_cast<std::byte>(change);
      const auto loaded = decode_checkpoint(file);
      ASSERT_FALSE(loaded) << "byte " << at << " changed by " << change;
      ASSERT_EQ(loaded.error().code, ErrorCode::data);
      ASSERT_NE(loaded.error().message, "");
    }
  }
}

TEST(CheckpointDamage, NoPartOfAFileIsLoaded) {
  const auto good = encode_checkpoint(small_checkpoint());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto loaded = decode_checkpoint(std::span(good).first(size));
    ASSERT_FALSE(loaded) << size << " bytes";
    ASSERT_EQ(loaded.error().code, ErrorCode::data);
    ASSERT_NE(loaded.error().message, "");
  }
}

TEST(CheckpointDamage, NothingMayFollow) {
  auto file = encode_checkpoint(small_checkpoint());
  file.push_back(std::byte{0});
  EXPECT_EQ(outcome(decode_checkpoint(file)), "1 bytes too many behind the last section");
}

TEST(CheckpointDamage, ZeroedOrSwappedSectorsAreNotLoaded) {
  auto checkpoint = small_checkpoint();
  checkpoint.sections.push_back({"more", noise(4000, 3)});
  const auto good = encode_checkpoint(checkpoint);
  constexpr std::size_t sector = 512;
  for (std::size_t at = 0; at < good.size(); at += sector) {
    const auto size = std::min(sector, good.size() - at);
    auto zeroed = good;
    std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(at), size, std::byte{0});
    EXPECT_FALSE(decode_checkpoint(zeroed)) << "sector at " << at;
    if (at + 2 * sector > good.size()) continue;
    auto swapped = good;
    std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(at), swapped.begin() + static_cast<std::ptrdiff_t>(at + sector),
                     swapped.begin() + static_cast<std::ptrdiff_t>(at + sector));
    EXPECT_FALSE(decode_checkpoint(swapped)) << "sectors at " << at;
  }
}

TEST(CheckpointDamage, TheReasonNamesTheSection) {
  const auto good = encode_checkpoint(small_checkpoint());
  auto file = good;
  file.back() ^= std::byte{1};
  EXPECT_EQ(outcome(decode_checkpoint(file)), "section \"noise\": checksum does not match");
  file = good;
  file[24] ^= std::byte{1};
  EXPECT_EQ(outcome(decode_checkpoint(file)), "header: checksum does not match");
}

}  // namespace
}  // namespace rekindle
