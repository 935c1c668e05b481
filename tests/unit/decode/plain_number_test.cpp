#include "connectors/decode/plain_number.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/decimals.hpp"

namespace rekindle {
namespace {

// Both ways to the same bits; nothing where the fast way leaves it to the other.
std::string read(const std::string& text) {
  double fast = 0;
  const char* const last = text.data() + text.size();
  const char* const end = plain_number(text.data(), last, fast);
  if (end == nullptr) return "not plain";
  const auto wrong = test::beside_from_chars(fast, text, end);
  return wrong.empty() ? fmt::format("{} behind {}", fast, end - text.data()) : wrong;
}

TEST(PlainNumber, IsReadToTheBit) {
  EXPECT_EQ(read("0"), "0 behind 1");
  EXPECT_EQ(read("-0"), "-0 behind 2");
  EXPECT_EQ(read("12 x1:3"), "12 behind 2");
  EXPECT_EQ(read("-1.5:2"), "-1.5 behind 4");
  EXPECT_EQ(read("0.123456789012345"), "0.123456789012345 behind 17");
  EXPECT_EQ(read("9007199254740992"), "9007199254740992 behind 16");
  EXPECT_EQ(read("000000000000000001.5"), "not plain") << "more digits than are sure to fit";
}

TEST(PlainNumber, LeavesWhatIsNotPlain) {
  for (const std::string text :
       {"", "-", "+1", ".5", "1.", "1e5", "1.5E-3", "nan", "inf", "x", "9007199254740993", "1234567890123456789"}) {
    EXPECT_EQ(read(text), "not plain") << text;
  }
}

TEST(PlainNumber, AgreesWithTheStandardLibraryOnManyNumbers) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    auto text = test::random_decimal(random, 60);
    text += std::string(random() % 10, ' ');  // The end is near, or is not.
    EXPECT_THAT(read(text), ::testing::Not(::testing::HasSubstr("instead"))) << text;
  }
}

}  // namespace
}  // namespace rekindle
