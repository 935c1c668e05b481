#include "connectors/decode/short_number.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <string>

#include "support/decimals.hpp"

namespace rekindle {
namespace {

// Both ways to the same bits; nothing where the fast way leaves it to the other. What follows the text must not matter.
std::string read(const std::string& text, char behind = '7') {
  const auto padded = text + std::string(short_number_reads, behind);
  double fast = 0;
  if (!short_number(padded.data(), text.size(), fast)) return "not short";
  const auto wrong = test::beside_from_chars(fast, text, text.data() + text.size());
  return wrong.empty() ? fmt::format("{}", fast) : wrong;
}

TEST(ShortNumber, IsReadToTheBit) {
  EXPECT_EQ(read("0"), "0");
  EXPECT_EQ(read("-0"), "-0");
  EXPECT_EQ(read("12"), "12");
  EXPECT_EQ(read("-1.5"), "-1.5");
  EXPECT_EQ(read("000.50"), "0.5");
  EXPECT_EQ(read("0.12345678901234"), "0.12345678901234");
  EXPECT_EQ(read("-12345678901234.5"), "-12345678901234.5");
  EXPECT_EQ(read("999999999999999"), "999999999999999");
}

TEST(ShortNumber, LeavesWhatIsLongerOrNoSuchNumber) {
  for (const std::string text : {"",
                                 "-",
                                 "+1",
                                 ".5",
                                 "1.",
                                 ".",
                                 "-.",
                                 "-.5",
                                 "-5.",
                                 "1..2",
                                 "1.2.3",
                                 "--1",
                                 "1-",
                                 "1e5",
                                 "1.5E-3",
                                 "nan",
                                 "inf",
                                 "x",
                                 "1 ",
                                 " 1",
                                 "1:2",
                                 "1/2",
                                 "9999999999999999",
                                 "0.123456789012345",
                                 "12345678901234567",
                                 "1234567890123456789012345678901",
                                 "12345678901234567890123456789012",
                                 "123456789012345678901234567890123"}) {
    for (const char behind : {'7', '.', ' ', '-', '\0'}) EXPECT_EQ(read(text, behind), "not short") << text;
  }
}

TEST(ShortNumber, AgreesWithTheStandardLibraryOnManyNumbers) {
  std::mt19937_64 random(1);
  int were_read = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto text = test::random_decimal(random, 56);
    const auto found = read(text, static_cast<char>(random()));
    EXPECT_THAT(found, ::testing::Not(::testing::HasSubstr("instead"))) << text;
    const auto digits = text.size() - (text[0] == '-' ? 1 : 0) - (text.find('.') != std::string::npos ? 1 : 0);
    EXPECT_EQ(found != "not short", digits < 16) << text;
    were_read += found != "not short" ? 1 : 0;
  }
  EXPECT_GT(were_read, 50'000);
}

}  // namespace
}  // namespace rekindle
