#include "base/parameters.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::Entries;
using test::table;
using test::texts;

// The mistakes of one table against one spec, a line each.
std::string mistakes(const std::vector<ParameterSpec>& specs, const Table& given) {
  Diagnostics diagnostics;
  (void)check_parameters(specs, given, "s", diagnostics, Place{"f", 1, 1});
  return texts(diagnostics);
}

TEST(Parameters, FillsInDefaultsAndKnowsWhatWasWritten) {
  Diagnostics diagnostics;
  const std::vector<ParameterSpec> specs = {real("a", 1.5), integer("b", 2), boolean("c"), text("d", "word")};
  const auto p = check_parameters(specs, table({{"b", std::int64_t{7}}}), "s", diagnostics);
  EXPECT_FALSE(diagnostics.failed());
  EXPECT_EQ(p.real("a"), 1.5);
  EXPECT_EQ(p.integer("b"), 7);
  EXPECT_FALSE(p.has("c"));
  EXPECT_EQ(p.string("d"), "word");
  EXPECT_TRUE(p.written("b"));
  EXPECT_FALSE(p.written("a"));
}

TEST(Parameters, KeepsADurationAsSecondsAndASizeAsBytes) {
  Diagnostics diagnostics;
  const std::vector<ParameterSpec> specs = {of_kind("wait", ParameterKind::duration), of_kind("room", ParameterKind::size),
                                            of_kind("plain", ParameterKind::size)};
  const auto p = check_parameters(specs, table({{"wait", "5m"}, {"room", "64 KiB"}, {"plain", std::int64_t{7}}}), "s", diagnostics);
  EXPECT_EQ(texts(diagnostics), "");
  EXPECT_EQ(p.real("wait"), 300);
  EXPECT_EQ(p.integer("room"), 65'536);
  EXPECT_EQ(p.integer("plain"), 7);
}

TEST(Parameters, AreTheSameTextInWhateverOrderAndHoweverWritten) {
  const std::vector<ParameterSpec> specs = {real("a", 1.5), integer("b", 2)};
  Diagnostics diagnostics;
  const auto text = [&](const Entries& given) { return Value(check_parameters(specs, table(given), "s", diagnostics).table()).text(); };
  EXPECT_EQ(text({}), text({{"b", std::int64_t{2}}, {"a", 1.5}}));
  EXPECT_EQ(text({{"a", std::int64_t{3}}}), text({{"a", 3.0}}));
}

TEST(Parameters, ReportsEveryMistakeWithItsKey) {
  const std::vector<ParameterSpec> specs = {real("gamma").required(), integer("steps").at_least(1), choice("mode", {"min", "max"}, "min")};
  EXPECT_EQ(mistakes(specs, table({{"steps", std::int64_t{0}}, {"mode", "maxi"}, {"gama", 1.0}})),
            "s.steps: must be >= 1, got 0\n"
            "s.mode: must be one of min, max, got \"maxi\"; did you mean \"max\"?\n"
            "s.gama: unknown key; did you mean \"gamma\"?\n"
            "f:1:1: s.gamma: is required\n");
}

TEST(Parameters, WantsTheTypeOfItsKind) {
  struct Case {
    ParameterSpec spec;
    Value::Data given;
    const char* message;
  };
  const std::vector<Case> cases = {
      {boolean("k"), std::int64_t{1}, "must be true or false, got 1"},
      {integer("k"), 1.0, "must be an integer, got 1.0"},
      {integer("k"), true, "must be an integer, got true"},
      {real("k"), "x", "must be a finite number, got \"x\""},
      {real("k"), std::numeric_limits<double>::infinity(), "must be a finite number, got inf"},
      {real("k"), std::numeric_limits<double>::quiet_NaN(), "must be a finite number, got nan"},
      {text("k"), 1.5, "must be a string, got 1.5"},
      {of_kind("k", ParameterKind::reals), Array{Value(std::string("x"))}, "must be an array of finite numbers, got [\"x\"]"},
      {of_kind("k", ParameterKind::strings), Array{Value(1.0)}, "must be an array of strings, got [1.0]"},
      {of_kind("k", ParameterKind::strings), "x", "must be an array of strings, got \"x\""},
      {of_kind("k", ParameterKind::duration), std::int64_t{10}, "must be a duration such as \"10s\" (ms, s, m, h, d), got 10"},
      {of_kind("k", ParameterKind::duration), "10 s", "must be a duration such as \"10s\" (ms, s, m, h, d), got \"10 s\""},
      {of_kind("k", ParameterKind::size), "64 MB", "must be a size such as \"64 MiB\", got \"64 MB\""},
      {of_kind("k", ParameterKind::table), "x", "must be a table, got \"x\""},
      {of_kind("k", ParameterKind::tables), Array{Value(1.0)}, "must be an array of tables, got [1.0]"},
  };
  for (const auto& [spec, given, message] : cases)
    EXPECT_EQ(mistakes({spec}, table({{"k", given}})), std::string("s.k: ") + message + "\n");
}

TEST(Parameters, NamesTheBoundThatIsBroken) {
  struct Case {
    ParameterSpec spec;
    double given;
    const char* message;
  };
  const std::vector<Case> cases = {
      {real("k").at_least(0), -1, "must be >= 0, got -1"},
      {real("k").above(0), 0, "must be > 0, got 0"},
      {real("k").at_most(1), 1.5, "must be <= 1, got 1.5"},
      {real("k").at_least(0).below(1), 1, "must be >= 0 and < 1, got 1"},
      {real("k").above(0).below(1), 0.5, ""},
      {real("k").at_least(0).at_most(1), 0, ""},
      {real("k").at_least(0).at_most(1), 1, ""},
  };
  for (const auto& [spec, given, message] : cases) {
    const std::string wanted = *message == '\0' ? "" : std::string("s.k: ") + message + "\n";
    EXPECT_EQ(mistakes({spec}, table({{"k", given}})), wanted);
  }
  const auto betas = of_kind("k", ParameterKind::reals).at_least(0).below(1);
  EXPECT_EQ(mistakes({betas}, table({{"k", Array{Value(0.9), Value(1.0)}}})), "s.k: every value must be >= 0 and < 1, got 1\n");
}

TEST(Parameters, ReadsDurations) {
  const std::pair<const char*, std::optional<double>> cases[] = {{"200ms", 0.2}, {"10s", 10},  {"5m", 300}, {"1.5h", 5400}, {"2d", 172800},
                                                                 {"0s", 0},      {"10", {}},   {"s", {}},   {"-1s", {}},    {"10 s", {}},
                                                                 {"1e400s", {}}, {"infs", {}}, {"", {}},    {"10sec", {}}};
  for (const auto& [text, seconds] : cases) EXPECT_EQ(parse_duration(text), seconds) << text;
}

TEST(Parameters, ReadsSizes) {
  const std::pair<const char*, std::optional<std::int64_t>> cases[] = {{"64 MiB", 67108864},
                                                                       {"1KiB", 1024},
                                                                       {"2 GiB", std::int64_t{2} << 30},
                                                                       {"7 B", 7},
                                                                       {"512", 512},
                                                                       {"1.5 KiB", 1536},
                                                                       {"0", 0},
                                                                       {"0.5 MiB", 524288},
                                                                       {"8e18", 8'000'000'000'000'000'000},
                                                                       {"9e18", {}},
                                                                       {"1e19", {}},
                                                                       {"", {}},
                                                                       {"MiB", {}},
                                                                       {"-1 KiB", {}},
                                                                       {"64 MB", {}},
                                                                       {"nan KiB", {}},
                                                                       {"1e15 GiB", {}},
                                                                       {"1e300", {}}};
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_size(text), bytes) << text;
}

TEST(Diagnostics, FailsForErrorsAndNotForWarnings) {
  Diagnostics diagnostics;
  diagnostics.warn({"f", 2, 3}, "k", "is odd");
  EXPECT_FALSE(diagnostics.failed());
  diagnostics.error({"f", 4, 5}, "", "is wrong");
  EXPECT_TRUE(diagnostics.failed());
  EXPECT_EQ(texts(diagnostics), "f:2:3: warning: k: is odd\nf:4:5: is wrong\n");
}

}  // namespace
}  // namespace rekindle
