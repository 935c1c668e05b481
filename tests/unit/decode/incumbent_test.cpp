// The present system's prediction, in each format.
#include <gmock/gmock.h>

#include "connectors/decode/csv.hpp"
#include "connectors/decode/json.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

Schema schema(Task task = Task::binary) {
  Schema out;
  out.task = task;
  out.label = std::string(1, 'y');
  out.incumbent = "old";
  return out;
}

std::vector<std::string> one_feature() { return std::vector<std::string>(1, "x"); }

std::string said(const Label& label) {
  if (label.kind == Label::Kind::absent) return "nothing";
  return label.kind == Label::Kind::number ? fmt::format("{}", label.number) : fmt::format("'{}'", label.text);
}

std::string incumbent(Decoder& decoder, const test::Record& record) {
  Sample sample;
  Rejection why;
  if (!decoder.decode(record.raw, sample, why)) return why.detail;
  return said(sample.incumbent);
}

TEST(DecodedIncumbent, OfJsonIsANumberAWordOrNothing) {
  const auto decoder = make_json_decoder(schema(), {});
  decoder->set_layout(one_feature());
  const std::pair<const char*, const char*> records[] = {
      {R"({"x":1,"y":1,"old":0.7})", "0.7"},         {R"({"x":1,"y":1,"old":"yes"})", "'yes'"}, {R"({"x":1,"y":1,"old":true})", "'true'"},
      {R"({"x":1,"y":1,"old":null})", "nothing"},    {R"({"x":1,"y":1})", "nothing"},           {R"({"x":1,"y":1,"old":[1]})", "nothing"},
      {R"({"x":1,"y":1,"old":{"a":1}})", "nothing"},
  };
  for (const auto& [text, expected] : records) EXPECT_EQ(incumbent(*decoder, test::Record(text)), expected) << text;
}

TEST(DecodedIncumbent, OfARegressionIsANumberOrNothing) {
  const auto decoder = make_json_decoder(schema(Task::regression), {});
  decoder->set_layout(one_feature());
  EXPECT_EQ(incumbent(*decoder, test::Record(R"({"x":1,"y":1,"old":-3.5})")), "-3.5");
  EXPECT_EQ(incumbent(*decoder, test::Record(R"({"x":1,"y":1,"old":"much"})")), "nothing");
}

TEST(DecodedIncumbent, OfCsvMayBeAnEmptyCellOrNoColumn) {
  const auto decoder = make_csv_decoder(schema(), {});
  decoder->set_layout(one_feature());
  EXPECT_EQ(incumbent(*decoder, test::Record("1,1,0.7", "x,y,old")), "0.7");
  EXPECT_EQ(incumbent(*decoder, test::Record("1,1,no", "x,y,old")), "'no'");
  EXPECT_EQ(incumbent(*decoder, test::Record("1,1,", "x,y,old")), "nothing");
  EXPECT_EQ(incumbent(*decoder, test::Record("1,1", "x,y")), "nothing");
}

TEST(DecodedIncumbent, IsNoFeature) {
  EXPECT_EQ(test::discovered(*make_json_decoder(schema(), {}), test::Record(R"({"x":1,"old":0.5,"y":1})")), "x");
  EXPECT_EQ(test::discovered(*make_csv_decoder(schema(), {}), test::Record("1,0.5,1", "x,old,y")), "x");
}

}  // namespace
}  // namespace rekindle
