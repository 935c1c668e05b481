#include "connectors/decode/csv.hpp"

#include <gmock/gmock.h>

#include "support/decoding.hpp"

namespace rekindle {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Names = std::vector<std::string>;
using test::Record;

Schema schema_of(Task task = Task::binary, MissingPolicy missing = MissingPolicy::reject) {
  Schema schema;
  schema.task = task;
  schema.label = "y";
  schema.missing = missing;
  return schema;
}

Schema with_roles() {
  auto schema = schema_of();
  schema.weight = "w";
  schema.id = "id";
  schema.time = "ts";
  return schema;
}

std::unique_ptr<Decoder> decoder_of(const Schema& schema, Names features, DecoderOptions options = {}) {
  auto decoder = make_csv_decoder(schema, options);
  decoder->set_layout(std::move(features));
  return decoder;
}

// Of columns a, b, text, y.
std::string decoded(const std::string& line, const Schema& schema = schema_of()) {
  return test::decoded(*decoder_of(schema, {"a", "b"}), Record(line, "a,b,text,y"));
}

TEST(CsvDecoder, TakesGoodRecords) {
  const std::pair<const char*, const char*> records[] = {
      {"1,2.5,x,1", "1 2.5 | 1"},
      {"1,2.5,,0", "1 2.5 | 0"},
      {"-1e-3,+4,x,1", "-0.001 4 | 1"},
      {" 1 ,\t2 , x , 1 ", "1 2 | 1"},
      {"\"1\",\"2\",\"x\",\"1\"", "1 2 | 1"},
      {"1,2,\"a, b\",1", "1 2 | 1"},
      {"1,2,\"say \"\"no\"\"\",1", "1 2 | 1"},
      {"1,2,\"\",1", "1 2 | 1"},
      {"1,2,\"\"\"\",1", "1 2 | 1"},
      {"1,2,x\"y,1", "1 2 | 1"},
      {"true,false,x,1", "1 0 | 1"},
      {"5e-324,1.7976931348623157e308,x,1", "5e-324 1.7976931348623157e+308 | 1"},
      {"1e-999,2,x,1", "0 2 | 1"},
      {"1,2,x,1\r\n", "1 2 | 1"},
      {"1,2,x,1\n", "1 2 | 1"},
      {"1,2,x,", "1 2 | ?"},
      {"1,2,x,\"\"", "1 2 | ?"},
      {"1,2,x,yes", "1 2 | 'yes'"},
      {"1,2,x,true", "1 2 | 'true'"},
      {"1,2,x,1.0", "1 2 | 1"},
      {"1,2,x,nan", "1 2 | 'nan'"},
      {"1,2,x,\"so \"\"so\"\"\"", "1 2 | 'so \"so\"'"},
  };
  for (const auto& [line, sample] : records) EXPECT_EQ(decoded(line), sample) << line;
}

TEST(CsvDecoder, RefusesBadRecordsAndSaysWhy) {
  const std::pair<std::string, const char*> records[] = {
      {"", "undecodable: the record has no value"},
      {"1,2,x", "undecodable: 3 columns, the header has 4"},
      {"1", "undecodable: 1 columns, the header has 4"},
      {"1,2,x,1,", "undecodable: 5 columns, the header has 4"},
      {"1,2,x,1,2,3", "undecodable: 6 columns, the header has 4"},
      {"1,oops,x", "undecodable: 3 columns, the header has 4"},
      {"1,2,\"x,1", "undecodable: column 3: a quote that is not closed, or that closes in the middle"},
      {"1,2,\"x\"y,1", "undecodable: column 3: a quote that is not closed, or that closes in the middle"},
      {"\"1,2,x,1", "undecodable of a: column 1: a quote that is not closed, or that closes in the middle"},
      {"1,2,\"x\ny\",1", "undecodable: a line break inside the record"},
      {"1,2,x,1\n1,2,x,1", "undecodable: a line break inside the record"},
      {",2,x,1", "missing_field of a: field \"a\" is empty"},
      {"1,\"\",x,1", "missing_field of b: field \"b\" is empty"},
      {"one,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"1x,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"1 2,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"0x10,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"+-1,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"-,2,x,1", "wrong_type of a: field \"a\": expected a number, got text"},
      {"1,nan,x,1", "non_finite of b: field \"b\" is not a finite number"},
      {"1,-NaN,x,1", "non_finite of b: field \"b\" is not a finite number"},
      {"1,inf,x,1", "non_finite of b: field \"b\" is not a finite number"},
      {"1,-Infinity,x,1", "non_finite of b: field \"b\" is not a finite number"},
      {"1,1e999,x,1", "non_finite of b: field \"b\" is not a finite number"},
      {"1,-1e999,x,1", "non_finite of b: field \"b\" is not a finite number"},
  };
  for (const auto& [line, why] : records) EXPECT_EQ(decoded(line), why) << line;
}

TEST(CsvDecoder, RefusesWhatIsTooLong) {
  const auto decoder = decoder_of(schema_of(), {"a"}, {.max_record_bytes = 10});
  EXPECT_EQ(test::decoded(*decoder, Record("1,123456789", "a,y")), "too_large: 11 bytes, at most 10 are taken");
}

TEST(CsvDecoder, WantsANumberForTheLabelOfARegression) {
  EXPECT_EQ(decoded("1,2,x,-2.5", schema_of(Task::regression)), "1 2 | -2.5");
  EXPECT_EQ(decoded("1,2,x,", schema_of(Task::regression)), "1 2 | ?");
  EXPECT_EQ(decoded("1,2,x,high", schema_of(Task::regression)), "wrong_type of y: field \"y\": expected a number, got text");
  EXPECT_EQ(decoded("1,2,x,nan", schema_of(Task::regression)), "non_finite of y: field \"y\" is not a finite number");
}

TEST(CsvDecoder, FillsInEmptyCellsAsTheSchemaSays) {
  EXPECT_EQ(decoded(",2,x,1", schema_of(Task::binary, MissingPolicy::zero)), "0 2 | 1");
  EXPECT_EQ(decoded(",2,x,1", schema_of(Task::binary, MissingPolicy::mean)), "nan 2 | 1");
  const auto zero = decoder_of(schema_of(Task::binary, MissingPolicy::zero), {"gone", "a"});
  EXPECT_EQ(test::decoded(*zero, Record("7,1", "a,y")), "0 7 | 1") << "a column that the header does not have";
}

TEST(CsvDecoder, ReadsWeightTimeAndId) {
  const auto decoder = decoder_of(with_roles(), {"a"});
  const auto read = [&](const char* line) { return test::decoded(*decoder, Record(line, "a,y,w,id,ts", 99)); };
  EXPECT_EQ(read("1,1,0.5,k,1700000000000"), "1 | 1 | w 0.5 | id k | t 1700000000000");
  EXPECT_EQ(read("1,1,2,\"a \"\"b\"\"\",2026-11-23T10:00:00Z"), "1 | 1 | w 2 | id a \"b\" | t 1795428000000");
  EXPECT_EQ(read("1,1,1,,"), "1 | 1 | t 99");
  EXPECT_EQ(read("1,1,,k,"), "missing_field of w: field \"w\" is empty");
  EXPECT_EQ(read("1,1,1,k,yesterday"), "wrong_type of ts: field \"ts\": expected ms since 1970 or RFC 3339");
  EXPECT_EQ(read("1,1,1,k,nan"), "wrong_type of ts: field \"ts\": expected ms since 1970 or RFC 3339");
  EXPECT_EQ(read("1,\"a\"\"b\",1,\"c\"\"d\",7"), "1 | 'a\"b' | id c\"d | t 7") << "two texts that had to be rewritten";
}

TEST(CsvDecoder, ReadsTheHeaderLikeARecord) {
  const auto decoder = decoder_of(schema_of(), {"a b", "say \"c\""});
  EXPECT_EQ(test::decoded(*decoder, Record("1,2,3", "\xEF\xBB\xBF\"a b\", y ,\"say \"\"c\"\"\"")), "1 3 | 2");
}

TEST(CsvDecoder, FollowsAHeaderThatChanges) {
  const auto decoder = decoder_of(schema_of(), {"a", "b"});
  EXPECT_EQ(test::decoded(*decoder, Record("1,2,0", "a,b,y")), "1 2 | 0");
  EXPECT_EQ(test::decoded(*decoder, Record("0,1,9,2", "y,a,x,b")), "1 2 | 0");
}

TEST(CsvDecoder, SaysWhatIsWrongWithTheHeader) {
  const auto with = [](const char* header) { return test::decoded(*decoder_of(schema_of(), {"price"}), Record("1,2", header)); };
  EXPECT_EQ(with("prise,y"), "missing_field of price: field \"price\" is missing; did you mean \"prise\"? (the header has prise, y)");
  EXPECT_EQ(with("price,label"), "missing_label of y: field \"y\" is missing (the header has price, label)");
  EXPECT_EQ(with("price,y,price"), "undecodable of price: column \"price\" is there twice");
  EXPECT_THAT(with(""), StartsWith("undecodable: the first line of the file does not name the columns"));
  EXPECT_THAT(with("\"price,y"), StartsWith("undecodable: the first line of the file does not name the columns"));
}

TEST(CsvDecoder, TakesAnyDelimiter) {
  for (const char delimiter : {';', '\t', '|', ' '}) {
    DecoderOptions options;
    options.delimiter = delimiter;
    const auto decoder = decoder_of(schema_of(), {"a", "b"}, options);
    const auto line = [&](const char* a, const char* b, const char* y) { return fmt::format("{}{}{}{}{}", a, delimiter, b, delimiter, y); };
    EXPECT_EQ(test::decoded(*decoder, Record(line("1", "\"2\"", "up,down"), line("a", "b", "y"))), "1 2 | 'up,down'") << delimiter;
  }
}

TEST(CsvDecoder, NumbersTheColumnsWithoutAHeader) {
  auto schema = schema_of();
  schema.label = "c2";
  const auto decoder = decoder_of(schema, {"c0", "c1"}, {.header = false});
  EXPECT_EQ(test::decoded(*decoder, Record("1,2,0")), "1 2 | 0");
  EXPECT_EQ(test::decoded(*decoder, Record("1,2")), "undecodable: 2 columns, the schema needs 3");
  EXPECT_EQ(test::decoded(*decoder, Record("1,2,0,more,\"and more")), "1 2 | 0") << "nobody reads the rest";
  schema.label = "y";
  EXPECT_EQ(test::decoded(*decoder_of(schema, {"c0"}, {.header = false}), Record("1,2,0")),
            "missing_label of y: field \"y\" is missing (without a header: c0, c1, ...)");
}

// Every record cut short or with one byte changed is refused or decoded, never worse.
TEST(CsvDecoder, SurvivesEveryDamage) {
  const auto decoder = decoder_of(with_roles(), {"a", "b"});
  const std::string header = "a,b,y,w,id,ts";
  const std::string line = "-1.5e2,\"2\",\"n\"\"o\",1,\"k,k\",2026-11-23T10:00:00Z";
  ASSERT_THAT(test::decoded(*decoder, Record(line, header)), StartsWith("-150 2 | 'n\"o'"));
  for (std::size_t size = 0; size < line.size(); ++size) (void)test::decoded(*decoder, Record(line.substr(0, size), header));
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const char byte : {'\0', '"', ',', '\n', '\r', '0', '-', 'e', ' ', '\xff'}) {
      auto damaged = line;
      damaged[i] = byte;
      (void)test::decoded(*decoder, Record(damaged, header));
      (void)test::discovered(*decoder, Record(damaged, header));
      (void)test::decoded(*decoder, Record(line, damaged));
    }
  }
}

std::string discovered(const Schema& schema, const std::string& line, const std::string& header) {
  return test::discovered(*make_csv_decoder(schema, {.header = !header.empty()}), Record(line, header));
}

TEST(CsvDiscovery, TakesEveryNumericColumnThatHasNoOtherRole) {
  auto schema = with_roles();
  schema.incumbent = "old";
  EXPECT_EQ(discovered(schema, "1,x,true,nan,1,1,7,1,0.5,1,2,", "b,name,a,odd,y,w,id,ts,old,v[0],v[1],gone"), "b a odd v[0] v[1]");
  auto numbered = schema_of();
  numbered.label = "c3";
  EXPECT_EQ(discovered(numbered, "1,x,2,1,3", ""), "c0 c2 c4");
}

TEST(CsvDiscovery, TakesTheColumnsThatTheSchemaNames) {
  auto schema = schema_of();
  schema.features = {"b", "v"};
  EXPECT_EQ(discovered(schema, "1,2,3,4,1", "a,b,v[0],v[1],y"), "b v[0] v[1]");
  schema.features = {"prise"};
  EXPECT_EQ(discovered(schema, "1,1", "price,y"),
            "missing_field: field \"prise\" is missing; did you mean \"price\"? (the record has price, y)");
}

TEST(CsvDiscovery, WaitsForARecordThatTellsTheFeatures) {
  EXPECT_THAT(discovered(schema_of(), "x,1", "name,y"), HasSubstr("no numeric field"));
  EXPECT_THAT(test::discovered(*make_csv_decoder(schema_of(), {}), Record("1,1")), HasSubstr("source.header = false"));
}

}  // namespace
}  // namespace rekindle
