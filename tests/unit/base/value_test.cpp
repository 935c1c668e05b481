#include "base/value.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Value, PrintsAsToml) {
  Table table;
  table.set("a", Value(std::int64_t{1}), {});
  table.set("b", Value(Array{Value(true), Value(std::string("x\"y"))}), {});
  const std::pair<Value::Data, const char*> cases[] = {
      {std::monostate{}, ""},
      {true, "true"},
      {std::int64_t{-7}, "-7"},
      {0.1, "0.1"},
      {2.0, "2.0"},
      {1e300, "1e+300"},
      {std::string("line\nbreak"), "\"line\\u000abreak\""},
      {table, "{ a = 1, b = [true, \"x\\\"y\"] }"},
      {Table{}, "{}"},
      {Array{}, "[]"},
  };
  for (const auto& [data, text] : cases) EXPECT_EQ(Value(data).text(), text);
}

TEST(Value, TakesAnIntegerForANumber) {
  EXPECT_EQ(Value(std::int64_t{3}).number(), 3.0);
  EXPECT_EQ(Value(2.5).number(), 2.5);
  EXPECT_EQ(Value(true).number(), std::nullopt);
  EXPECT_EQ(Value(std::string("3")).number(), std::nullopt);
}

TEST(Place, NamesTheLineOrOnlyTheOrigin) {
  EXPECT_EQ((Place{"r.toml", 12, 9}.text()), "r.toml:12:9");
  EXPECT_EQ((Place{"--set seed", 0, 0}.text()), "--set seed");
}

TEST(Table, KeepsTheOrderAndReplacesAKeyThatIsThere) {
  Table table;
  table.set("z", Value(std::int64_t{1}), {});
  table.set("a", Value(std::int64_t{2}), {});
  table.set("z", Value(std::int64_t{3}), {"f", 4, 5});
  ASSERT_EQ(table.entries().size(), 2U);
  EXPECT_EQ(table.entries()[0].key, "z");
  EXPECT_EQ(*table.entries()[0].value.integer(), 3);
  EXPECT_EQ(table.entries()[0].key_place.line, 4U);
  EXPECT_EQ(table.find("nothing"), nullptr);
}

TEST(Value, QuotesAKeyThatTomlDoesNotTakeWithoutQuotes) {
  const auto written = [](const std::string& key) {
    Table table;
    table.set(key, Value(true), {});
    return Value(table).text();
  };
  for (const auto* bare : {"a", "z", "A", "Z", "0", "9", "_", "-", "x_1-Y"}) EXPECT_EQ(written(bare), fmt::format("{{ {} = true }}", bare));
  // The neighbours of those that are bare, then what is far from them.
  for (const auto* other : {"`", "{", "@", "[", "/", ":", "^", ".", "a b", "", "\u00fc"})
    EXPECT_EQ(written(other), fmt::format("{{ \"{}\" = true }}", other));
}

TEST(Quoted, EscapesControlCharactersQuotesAndBackslashesAlone) {
  EXPECT_EQ(quoted("a b\u00fc~"), "\"a b\u00fc~\"");
  EXPECT_EQ(quoted("\x1f \t"), "\"\\u001f \\u0009\"");
  EXPECT_EQ(quoted("\"\\"), "\"\\\"\\\\\"");
}

}  // namespace
}  // namespace rekindle
