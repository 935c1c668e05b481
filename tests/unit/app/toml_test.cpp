#include "app/toml.hpp"

#include <gmock/gmock.h>

#include "support/choices.hpp"

namespace rekindle {
namespace {

TEST(Toml, KeepsTheOrderAndThePlaceOfEveryKeyAndValue) {
  Diagnostics diagnostics;
  const auto table = read_toml_text("z = 1\na = [1.5, \"x\"]\n\n[m]\nk = { q = true }\n", "f", diagnostics);
  ASSERT_FALSE(diagnostics.failed());
  std::string text;
  for (const auto& entry : table.entries()) text += fmt::format("{} {} {}; ", entry.key_place.text(), entry.key, entry.value.text());
  EXPECT_EQ(text, "f:1:1 z 1; f:2:1 a [1.5, \"x\"]; f:4:2 m { k = { q = true } }; ");
  EXPECT_EQ((*table.find("a")->value.array())[1].place.text(), "f:2:11");
}

TEST(Toml, ReadsAFlagAsAValueOrAsAPlainWord) {
  const std::pair<const char*, const char*> cases[] = {{"5", "5"},
                                                       {"0.5", "0.5"},
                                                       {"true", "true"},
                                                       {"\"x\"", "\"x\""},
                                                       {"[1, 2]", "[1, 2]"},
                                                       {"{ a = 1 }", "{ a = 1 }"},
                                                       {"adam", "\"adam\""},
                                                       {"10s", "\"10s\""},
                                                       {"5% of 1000", "\"5% of 1000\""},
                                                       {"", "\"\""},
                                                       {"1\nother = 2", "\"1\\u000aother = 2\""},
                                                       {"2026-11-23T10:00:00Z", "\"2026-11-23T10:00:00Z\""},
                                                       {"state/here", "\"state/here\""}};
  for (const auto& [given, text] : cases) {
    const auto value = read_toml_value(given, "--set k");
    EXPECT_EQ(value.text(), text) << given;
    EXPECT_EQ(value.place.text(), "--set k");
  }
}

TEST(Toml, SetsAValueByItsPath) {
  const std::pair<const char*, const char*> cases[] = {
      {"seed", "{ a = { b = 1 }, seed = 7 }"},
      {"a.b", "{ a = { b = 7 } }"},
      {"a.c.d", "{ a = { b = 1, c = { d = 7 } } }"},
      {"drift.detectors[1].delta", "{ a = { b = 1 }, drift = { detectors = [{}, { delta = 7 }] } }"},
      {"kafka.properties.security.protocol", "{ a = { b = 1 }, kafka = { properties = { \"security.protocol\" = 7 } } }"},
      {"a.b.c", "{ a = { b = { c = 7 } } }"},
      {"x[oops].y", "{ a = { b = 1 }, \"x[oops]\" = { y = 7 } }"},
  };
  for (const auto& [path, text] : cases) {
    Diagnostics diagnostics;
    auto table = read_toml_text("a = { b = 1 }", "f", diagnostics);
    set_path(table, path, Value(std::int64_t{7}, {"--set", 0, 0}));
    EXPECT_EQ(Value(table).text(), text) << path;
  }
}

TEST(Toml, ReportsAFileThatIsNotThere) {
  Diagnostics diagnostics;
  (void)read_toml_file("/nowhere/at/all.toml", diagnostics);
  ASSERT_TRUE(diagnostics.failed());
  EXPECT_THAT(test::texts(diagnostics), ::testing::HasSubstr("/nowhere/at/all.toml"));
}

}  // namespace
}  // namespace rekindle
