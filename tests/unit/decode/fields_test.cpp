#include "connectors/decode/fields.hpp"

#include <gmock/gmock.h>

namespace rekindle {
namespace {

TEST(Rfc3339, IsReadToTheMillisecond) {
  const std::pair<const char*, std::optional<std::int64_t>> cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-23T10:00:00Z", 1'795'428'000'000},
      {"2026-11-23t10:00:00z", 1'795'428'000'000},
      {"2026-11-23 10:00:00Z", 1'795'428'000'000},
      {"2026-11-23T12:00:00+02:00", 1'795'428'000'000},
      {"2026-11-23T04:30:00-0530", 1'795'428'000'000},
      {"2026-11-23T10:00:00.25Z", 1'795'428'000'250},
      {"1969-12-31T23:59:59Z", -1'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000},
      {"2023-02-29T00:00:00Z", {}},
      {"2026-13-01T00:00:00Z", {}},
      {"2026-11-23T24:00:00Z", {}},
      {"2026-11-23T10:60:00Z", {}},
      {"2026-11-23T10:00:00", {}},
      {"2026-11-23", {}},
      {"2026-11-23T10:00:00+2:00", {}},
      {"2026-11-23T10:00:00.Z", {}},
      {"2026-11-23T10:00:00Zulu", {}},
      {"2026-11-23T10:00:00+02:00x", {}},
      {"2026-11-23T10:00:00+99:00", {}},
      {"2026-11-23X10:00:00Z", {}},
      {"-026-11-23T10:00:00Z", {}},
      {"", {}},
  };
  for (const auto& [text, ms] : cases) EXPECT_EQ(parse_rfc3339(text), ms) << text;
}

TEST(FieldPlan, MakesNeighbouringElementsOneArray) {
  Schema schema;
  schema.label = "y";
  schema.id = "key";
  const FieldPlan plan(schema, {"a", "v[0]", "v[1]", "v[2]", "b", "w[0]"});
  std::string text;
  for (const auto& field : plan.fields())
    text += fmt::format("{} {} {} {}; ", field.name, static_cast<int>(field.role), field.first, field.count);
  EXPECT_EQ(text, "a 0 0 1; v 1 1 3; b 0 4 1; w 1 5 1; y 2 0 1; key 4 0 1; ");
  EXPECT_EQ(plan.find("v"), 1U);
  EXPECT_EQ(plan.find("v[0]"), std::nullopt);
}

}  // namespace
}  // namespace rekindle
