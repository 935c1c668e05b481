#include "connectors/decode/short_number.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <charconv>
#include <random>
#include <string>

namespace rekindle {
namespace {

// Both ways to the same bits; nothing where the fast way leaves it to the other. What follows the text must not matter.
std::string read(const std::string& text, char behind = '7') {
  const auto padded = text + std::string(short_number_reads, behind);
  double fast = 0;
  if (!short_number(padded.data(), text.size(), fast)) return "not short";
  double right = 0;
  const char* const last = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), last, right);
  if (error != std::errc{} || rest != last || std::bit_cast<std::uint64_t>(fast) != std::bit_cast<std::uint64_t>(right))
    return fmt::format("{} instead of {}", fast, right);
  return fmt::format("{}", fast);
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
    std::string text = random() % 2 == 0 ? "-" : "";
    text += std::to_string(random() % (std::uint64_t{1} << (random() % 56)));
    if (const auto digits = random() % 12; digits != 0) {
      text += '.';
      for (std::uint64_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random() % 10);
    }
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
