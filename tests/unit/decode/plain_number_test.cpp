#include "connectors/decode/plain_number.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <random>
#include <string>

namespace rekindle {
namespace {

// Both ways to the same bits; nothing where the fast way leaves it to the other.
std::string read(const std::string& text) {
  double fast = 0;
  const char* const last = text.data() + text.size();
  const char* const end = plain_number(text.data(), last, fast);
  if (end == nullptr) return "not plain";
  double right = 0;
  const auto [rest, error] = std::from_chars(text.data(), last, right);
  if (error != std::errc{} || rest != end || std::bit_cast<std::uint64_t>(fast) != std::bit_cast<std::uint64_t>(right))
    return fmt::format("{} instead of {}", fast, right);
  return fmt::format("{} behind {}", fast, end - text.data());
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
    std::string text = random() % 2 == 0 ? "-" : "";
    text += std::to_string(random() % (std::uint64_t{1} << (random() % 60)));
    if (const auto digits = random() % 12; digits != 0) {
      text += '.';
      for (std::uint64_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random() % 10);
    }
    text += std::string(random() % 10, ' ');  // The end is near, or is not.
    EXPECT_THAT(read(text), ::testing::Not(::testing::HasSubstr("instead"))) << text;
  }
}

}  // namespace
}  // namespace rekindle
