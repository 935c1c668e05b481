#include "base/suggest.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

struct Distance {
  const char* a;
  const char* b;
  std::size_t distance;
};

TEST(Suggest, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  for (const auto& [a, b, distance] : {Distance{"", "", 0},
                                       {"", "abc", 3},
                                       {"abc", "abc", 0},
                                       {"abc", "acb", 1},
                                       {"ab", "ba", 1},
                                       {"kitten", "sitting", 3},
                                       {"detla", "delta", 1},
                                       {"T_0", "T0", 1},
                                       {"ca", "abc", 3}}) {
    EXPECT_EQ(edit_distance(a, b), distance) << a << " and " << b;
    EXPECT_EQ(edit_distance(b, a), distance) << b << " and " << a;
  }
}

TEST(Suggest, NamesTheNearestWithinAThirdOfTheName) {
  const std::vector<std::string> names = {"gamma", "step_size", "staircase"};
  EXPECT_EQ(nearest("gama", names), "gamma");
  EXPECT_EQ(nearest("stepsize", names), "step_size");
  EXPECT_EQ(nearest("momentum", names), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Suggest, MakesAQuestionOrNothing) {
  const std::vector<std::string> names = {"delta", "clock"};
  EXPECT_EQ(did_you_mean("dleta", names), "; did you mean \"delta\"?");
  EXPECT_EQ(did_you_mean("elephant", names), "");
}

TEST(Suggest, LooksAtNothingBeforeAName) {
  const std::string_view text = "ba";
  EXPECT_EQ(edit_distance(text.substr(1), "xab"), 2U);
  EXPECT_EQ(edit_distance("xab", text.substr(1)), 2U);
}

TEST(Suggest, TakesOneMistakeInAShortNameAndAThirdOfALongOne) {
  EXPECT_EQ(nearest("ab", std::vector<std::string>{"ac"}), "ac");
  EXPECT_EQ(nearest("ab", std::vector<std::string>{"cd"}), "");
  EXPECT_EQ(nearest("abcdxy", std::vector<std::string>{"abcdef"}), "abcdef");
  EXPECT_EQ(nearest("abcxyz", std::vector<std::string>{"abcdef"}), "");
}

TEST(Suggest, NamesTheFirstOfEquallyNearOnes) {
  EXPECT_EQ(nearest("size", std::vector<std::string>{"side", "site", "sizes"}), "side");
  EXPECT_EQ(nearest("size", std::vector<std::string>{"side", "size"}), "size");
}

}  // namespace
}  // namespace rekindle
