#include "connectors/kafka/payload_arena.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "connectors/source.hpp"

namespace rekindle::kafka {
namespace {

bool padded(std::string_view payload) {
  return std::all_of(payload.end(), payload.end() + payload_padding, [](char byte) { return byte == 0; });
}

TEST(PayloadArena, PadsEveryPayload) {
  PayloadArena arena;
  for (const auto* text : {"", "a", "{\"x\": 1}"}) {
    const auto copied = arena.copy(text);
    EXPECT_EQ(copied, text);
    EXPECT_TRUE(padded(copied));
  }
}

TEST(PayloadArena, CopiesStayWhereTheyAreUntilCleared) {
  PayloadArena arena;
  std::vector<std::string_view> copies;
  for (int i = 0; i < 20; ++i) copies.push_back(arena.copy(std::string(300'000, static_cast<char>('a' + i))));
  for (int i = 0; i < 20; ++i) {
    const auto& copied = copies[static_cast<std::size_t>(i)];
    EXPECT_EQ(copied, std::string(300'000, static_cast<char>('a' + i)));
    EXPECT_TRUE(padded(copied));
  }
}

TEST(PayloadArena, UsesTheSameMemoryAgain) {
  PayloadArena arena;
  const auto* first = arena.copy("one").data();
  arena.clear();
  EXPECT_EQ(arena.copy("two").data(), first);
}

TEST(PayloadArena, TakesAPayloadLargerThanItsBlockAndIsFullThen) {
  PayloadArena arena;
  EXPECT_FALSE(arena.full());
  const std::string large(10'000'000, 'x');
  const auto copied = arena.copy(large);
  EXPECT_EQ(copied, large);
  EXPECT_TRUE(padded(copied));
  EXPECT_TRUE(arena.full());
  arena.clear();
  EXPECT_FALSE(arena.full());
}

}  // namespace
}  // namespace rekindle::kafka
