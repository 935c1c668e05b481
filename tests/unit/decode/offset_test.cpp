#include <gmock/gmock.h>

#include "connectors/decode/csv.hpp"
#include "connectors/decode/json.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

using test::Record;

Schema schema_of(MissingPolicy missing = MissingPolicy::reject) {
  Schema schema;
  schema.label = std::string("y");
  schema.offset = std::string("margin");
  schema.missing = missing;
  return schema;
}

std::string offset_of(Decoder& decoder, const Record& record) {
  decoder.set_layout({"a"});
  Sample sample;
  Rejection why;
  if (decoder.decode(record.raw, sample, why)) return fmt::format("{}", sample.offset);
  return fmt::format("{} of {}", to_string(why.reason), why.field);
}

TEST(Offset, IsReadFromItsField) {
  const auto json = make_json_decoder(schema_of(), {});
  EXPECT_EQ(offset_of(*json, Record(R"({"a":1,"margin":-2.5,"y":1})")), "-2.5");
  const auto csv = make_csv_decoder(schema_of(), {});
  EXPECT_EQ(offset_of(*csv, Record("1,0.75,0", "a,margin,y")), "0.75");
}

TEST(Offset, ThatIsMissingIsAMissingFieldWhateverHappensToFeatures) {
  for (const auto missing : {MissingPolicy::reject, MissingPolicy::zero, MissingPolicy::mean}) {
    const auto json = make_json_decoder(schema_of(missing), {});
    EXPECT_EQ(offset_of(*json, Record(R"({"a":1,"y":1})")), "missing_field of margin");
    EXPECT_EQ(offset_of(*json, Record(R"({"a":1,"margin":null,"y":1})")), "missing_field of margin");
    EXPECT_EQ(offset_of(*json, Record(R"({"a":1,"margin":"x","y":1})")), "wrong_type of margin");
    const auto csv = make_csv_decoder(schema_of(missing), {});
    EXPECT_EQ(offset_of(*csv, Record("1,,0", "a,margin,y")), "missing_field of margin");
    EXPECT_EQ(offset_of(*csv, Record("1,0", "a,y")), "missing_field of margin");
  }
}

TEST(Offset, IsNoFeature) {
  const auto json = make_json_decoder(schema_of(), {});
  EXPECT_EQ(test::discovered(*json, Record(R"({"a":1,"margin":2,"b":3,"y":1})")), "a b");
}

}  // namespace
}  // namespace rekindle
