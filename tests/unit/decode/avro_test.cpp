#include "connectors/decode/avro.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "connectors/decode/typed_values.hpp"
#include "connectors/writer_schema.hpp"
#include "support/avro_bytes.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

using Names = std::vector<std::string>;
using test::AvroBytes;
using test::Record;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string field(const std::string& name, const std::string& type) { return fmt::format(R"({{"name":"{}","type":{}}})", name, type); }

std::string record_type(const std::vector<std::string>& fields, const std::string& name = "R") {
  return fmt::format(R"({{"type":"record","name":"{}","fields":[{}]}})", name, fmt::join(fields, ","));
}

const std::string an_int = R"("int")";
const std::string a_double = R"("double")";
const std::string maybe = R"(["null","double"])";
const auto plain = record_type({field("a", a_double), field("b", maybe), field("y", an_int)});

DecoderOptions with(const std::string& schema) {
  DecoderOptions options;
  options.schema = std::make_shared<const WriterSchema>(WriterSchema{SchemaKind::avro, schema, {}, false, {}});
  return options;
}

Schema labelled(const std::string& label = "y") {
  Schema schema;
  schema.label = label;
  return schema;
}

std::string decoded(const std::string& type, const Names& features, const std::string& bytes, const Schema& schema = labelled()) {
  const auto decoder = make_avro_decoder(schema, with(type));
  decoder->set_layout(features);
  return test::decoded(*decoder, Record(bytes));
}

std::string discovered(const std::string& type, const std::string& bytes, const Schema& schema = labelled()) {
  const auto decoder = make_avro_decoder(schema, with(type));
  return test::discovered(*decoder, Record(bytes));
}

TEST(Avro, FieldsAreFoundByName) {
  const auto bytes = AvroBytes().real(1.5).integer(1).real(-2).integer(1);
  EXPECT_EQ(decoded(plain, {"a", "b"}, bytes), "1.5 -2 | 1");
  EXPECT_EQ(decoded(plain, {"b", "a"}, bytes), "-2 1.5 | 1");
  EXPECT_EQ(discovered(plain, bytes), "a b");
}

TEST(Avro, NumbersOfEveryType) {
  const auto type = record_type(
      {field("i", an_int), field("l", R"("long")"), field("f", R"("float")"), field("t", R"("boolean")"), field("y", R"("boolean")")});
  const auto bytes = AvroBytes().integer(-7).integer(1LL << 40).single(0.5F).flag(true).flag(false);
  EXPECT_EQ(discovered(type, bytes), "i l f t");
  EXPECT_EQ(decoded(type, {"i", "l", "f", "t"}, bytes), "-7 1099511627776 0.5 1 | 'false'");
}

TEST(Avro, NullIsAMissingValue) {
  const auto bytes = AvroBytes().real(1).integer(0).integer(1);
  EXPECT_EQ(decoded(plain, {"a", "b"}, bytes), "missing_field of b: field \"b\" is null");
  auto schema = labelled();
  schema.missing_of["b"] = MissingPolicy::zero;
  EXPECT_EQ(decoded(plain, {"a", "b"}, bytes, schema), "1 0 | 1");
  schema.missing_of["b"] = MissingPolicy::mean;
  EXPECT_EQ(decoded(plain, {"a", "b"}, bytes, schema), "1 nan | 1");
  EXPECT_EQ(discovered(plain, bytes), "a b") << "by its type, whatever this record has";
  const auto unlabelled = record_type({field("a", a_double), field("y", R"(["null","int"])")});
  EXPECT_EQ(decoded(unlabelled, {"a"}, AvroBytes().real(1).integer(0)), "1 | ?");
  EXPECT_EQ(decoded(unlabelled, {"a"}, AvroBytes().real(1).integer(1).integer(4)), "1 | 4");
}

TEST(Avro, AFieldThatTheWriterDoesNotHaveIsMissing) {
  const auto older = record_type({field("y", an_int), field("more", R"("string")"), field("a", an_int)});
  const auto bytes = AvroBytes().integer(1).text("whatever").integer(3);
  EXPECT_EQ(decoded(older, {"a", "b"}, bytes), "missing_field of b: field \"b\" is missing");
  auto schema = labelled();
  schema.missing = MissingPolicy::zero;
  EXPECT_EQ(decoded(older, {"a", "b"}, bytes, schema), "3 0 | 1");
  schema.features = {"a", "c"};
  schema.missing = MissingPolicy::reject;
  EXPECT_EQ(discovered(older, bytes, schema), "missing_field: field \"c\" is missing; did you mean \"y\"? (the record has y, more, a)");
}

TEST(Avro, TextsAndEnumsAreCategoriesLabelsAndIds) {
  const auto colour = R"({"type":"enum","name":"Colour","symbols":["RED","GREEN"]})";
  const auto type = record_type({field("id", R"("string")"), field("c", colour), field("k", R"(["null","string"])"),
                                 field("n", R"("long")"), field("y", R"(["string","null"])")});
  auto schema = labelled();
  schema.id = "id";
  schema.categorical = {"c", "k", "n"};
  schema.missing_of["k"] = MissingPolicy::zero;
  EXPECT_EQ(decoded(type, {}, AvroBytes().text("k-1").integer(1).integer(1).text("DE").integer(12).integer(0).text("spam"), schema),
            " | 'spam' | 'GREEN' 'DE' '12' | id k-1");
  EXPECT_EQ(decoded(type, {}, AvroBytes().text("").integer(0).integer(0).integer(-3).integer(1), schema), " | ? | 'RED' '' '-3'");
  EXPECT_EQ(decoded(type, {}, AvroBytes().text("").integer(2).integer(0).integer(0).integer(1), schema),
            "undecodable: symbol 2 of enum Colour, which has no such one");
  EXPECT_EQ(decoded(type, {}, AvroBytes().text("\xff").integer(0).integer(0).integer(0).integer(1), schema),
            "undecodable of id: field \"id\": the text is not UTF-8");
  EXPECT_THAT(decoded(type, {}, AvroBytes().text("").integer(0).integer(1).text(std::string(300, 'x')).integer(0).integer(1), schema),
              StartsWith("too_large of k: field \"k\": a category of 300 bytes"));
}

TEST(Avro, ArraysAreElements) {
  const auto type = record_type({field("x", R"({"type":"array","items":"double"})"), field("y", an_int)});
  const auto two = AvroBytes().integer(2).real(1).real(2).integer(0).integer(1);
  EXPECT_EQ(discovered(type, two), "x[0] x[1]");
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, two), "1 2 | 1");
  const auto in_blocks = AvroBytes().integer(1).real(1).integer(-1).integer(8).real(2).integer(0).integer(1);
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, in_blocks), "1 2 | 1");
  EXPECT_EQ(decoded(type, {"x[0]"}, two), "wrong_type of x: field \"x\": expected 1 numbers, got 2");
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, AvroBytes().integer(0).integer(1)), "wrong_type of x: field \"x\": expected 2 numbers, got 0");
  EXPECT_EQ(decoded(type, {"x"}, two), "wrong_type of x: field \"x\": expected a number, got an array");
  auto schema = labelled();
  schema.features = {"x"};
  EXPECT_EQ(discovered(type, AvroBytes().integer(0).integer(1), schema),
            "wrong_type: field \"x\" is an empty array: its length is not known yet");
}

TEST(Avro, AnArrayMayBeNullAndHoldNulls) {
  const auto type = record_type({field("x", R"(["null",{"type":"array","items":["null","double"]}])"), field("y", an_int)});
  auto schema = labelled();
  schema.missing = MissingPolicy::zero;
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, AvroBytes().integer(0).integer(1), schema), "0 0 | 1");
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, AvroBytes().integer(1).integer(2).integer(1).real(5).integer(0).integer(0).integer(1), schema),
            "5 0 | 1");
  EXPECT_EQ(decoded(type, {"x[0]", "x[1]"}, AvroBytes().integer(0).integer(1)), "missing_field of x: field \"x\" is missing");
}

TEST(Avro, MembersOfRecordsArePaths) {
  const auto user = record_type({field("age", an_int), field("v", R"({"type":"array","items":"int"})")}, "User");
  const auto type = record_type({field("user", fmt::format("[\"null\",{}]", user)), field("x", a_double), field("y", an_int)});
  const auto bytes = AvroBytes().integer(1).integer(40).integer(1).integer(9).integer(0).real(1).integer(1);
  EXPECT_EQ(discovered(type, bytes), "x") << "as in JSON: a path is taken where the schema names it";
  auto schema = labelled();
  schema.features = {"user.v", "user.age"};
  EXPECT_EQ(discovered(type, bytes, schema), "user.v[0] user.age");
  EXPECT_EQ(decoded(type, {"user.v[0]", "user.age"}, bytes), "9 40 | 1");
  EXPECT_EQ(decoded(type, {"user.age"}, AvroBytes().integer(0).real(1).integer(1)),
            "missing_field of user.age: field \"user.age\" is missing");
  EXPECT_EQ(decoded(type, {"user"}, bytes), "wrong_type of user: field \"user\": expected a number, got an object");
}

TEST(Avro, TimeIsByItsLogicalType) {
  auto schema = labelled();
  schema.time = "at.t";
  const auto decoded_as = [&](const std::string& type, std::int64_t number) {
    const auto inner = record_type({field("t", fmt::format("[\"null\",{}]", type))}, "At");
    return decoded(record_type({field("at", inner), field("y", an_int)}), {}, AvroBytes().integer(1).integer(number).integer(1), schema);
  };
  EXPECT_EQ(decoded_as(R"({"type":"long","logicalType":"timestamp-millis"})", 1'700'000'000'123), " | 1 | | t 1700000000123");
  EXPECT_EQ(decoded_as(R"({"type":"long","logicalType":"timestamp-micros"})", 1'700'000'000'123'456), " | 1 | | t 1700000000123");
  EXPECT_EQ(decoded_as(R"({"type":"int","logicalType":"date"})", 2), " | 1 | | t 172800000");
  EXPECT_EQ(decoded_as(R"("long")", 17), " | 1 | | t 17");
}

TEST(Avro, WhatIsNoNumberIsRefused) {
  const auto type = record_type({field("t", R"("string")"), field("m", R"({"type":"map","values":"int"})"), field("b", R"("bytes")"),
                                 field("f", R"({"type":"fixed","name":"F","size":2})"), field("d", a_double), field("y", an_int)});
  const auto bytes = [](double d) {
    return AvroBytes().text("t").integer(1).text("k").integer(3).integer(0).text("b").bytes("ff").real(d).integer(1);
  };
  EXPECT_EQ(discovered(type, bytes(2)), "d");
  EXPECT_EQ(decoded(type, {"d"}, bytes(2)), "2 | 1");
  EXPECT_EQ(decoded(type, {"t"}, bytes(2)), "wrong_type of t: field \"t\": expected a number, got a string");
  EXPECT_EQ(decoded(type, {"m"}, bytes(2)), "wrong_type of m: field \"m\": expected a number, got a map");
  EXPECT_EQ(decoded(type, {"b"}, bytes(2)), "wrong_type of b: field \"b\": expected a number, got bytes");
  EXPECT_EQ(decoded(type, {"f"}, bytes(2)), "wrong_type of f: field \"f\": expected a number, got bytes");
  EXPECT_EQ(decoded(type, {"d"}, bytes(std::numeric_limits<double>::infinity())), "non_finite of d: field \"d\" is not a finite number");
  EXPECT_EQ(decoded(type, {"d"}, bytes(std::numeric_limits<double>::quiet_NaN())), "non_finite of d: field \"d\" is not a finite number");
}

TEST(Avro, NoRecordIsReadBeyondItsEndOrShortOfIt) {
  const std::string whole = AvroBytes().real(1.5).integer(1).real(-2).integer(1);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(decoded(plain, {"a", "b"}, whole.substr(0, size)),
              "undecodable: not a record of its Avro schema: it ends too early, or was written with another")
        << size;
  }
  EXPECT_EQ(decoded(plain, {"a", "b"}, whole + "x"),
            "undecodable: something follows the Avro record: is it the schema that it was written with?");
  EXPECT_EQ(decoded(plain, {"a", "b"}, AvroBytes().real(1).integer(2).real(1)), "undecodable: branch 2 of a union of 2");
  EXPECT_EQ(decoded(plain, {"a", "b"}, AvroBytes().real(1).integer(-1).real(1)), "undecodable: branch 4294967295 of a union of 2");
}

TEST(Avro, LengthsThatLieAreRefused) {
  const auto type = record_type({field("s", R"("string")"), field("b", R"("bytes")"), field("y", an_int)});
  for (const auto size :
       {std::int64_t{100}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max() - 1, std::int64_t{-1}, std::int64_t{-5}}) {
    EXPECT_THAT(decoded(type, {}, AvroBytes().integer(size).bytes("abc")), StartsWith("undecodable: ")) << size;
    EXPECT_THAT(decoded(type, {}, AvroBytes().text("s").integer(size).bytes("abc")), StartsWith("undecodable: ")) << size;
  }
  const auto nulls = record_type({field("n", R"({"type":"array","items":"null"})"), field("y", an_int)});
  EXPECT_EQ(decoded(nulls, {}, AvroBytes().integer(std::int64_t{1} << 50).integer(0).integer(1)),
            "too_large: more than 1000000 values in the record");
  EXPECT_THAT(decoded(nulls, {}, AvroBytes().bytes(std::string(11, '\xff'))), StartsWith("undecodable: "));
}

TEST(Avro, NestingHasALimit) {
  const auto type = record_type({field("next", R"(["null","R"])"), field("y", an_int)});
  const auto chain = [](std::size_t depth) {
    AvroBytes out;
    for (std::size_t i = 0; i < depth; ++i) out.integer(1);
    out.integer(0);
    for (std::size_t i = 0; i <= depth; ++i) out.integer(1);
    return out.str();
  };
  EXPECT_EQ(decoded(type, {}, chain(20)), " | 1 |");
  EXPECT_EQ(decoded(type, {}, chain(100)), "too_large: nested deeper than 64 levels");
  EXPECT_EQ(decoded(type, {}, chain(100'000)), "too_large: nested deeper than 64 levels");
  std::string arrays = an_int;
  for (int i = 0; i < 70; ++i) arrays = fmt::format(R"({{"type":"array","items":{}}})", arrays);
  AvroBytes ones;
  for (int i = 0; i < 70; ++i) ones.integer(1);
  EXPECT_EQ(decoded(record_type({field("a", arrays), field("y", an_int)}), {}, ones), "too_large: nested deeper than 64 levels");
}

TEST(Avro, ASchemaThatIsNoneIsSaid) {
  EXPECT_THAT(decoded("{", {"a"}, "x"), StartsWith("undecodable: not an Avro schema: "));
  EXPECT_THAT(decoded(R"({"type":"record","name":"R","fields":[{"name":"a","type":"number"}]})", {"a"}, "x"), HasSubstr("number"));
  EXPECT_EQ(decoded(R"("string")", {"a"}, "x"), "undecodable: the Avro schema is of type string; its top must be a record");
  const auto none = make_avro_decoder(labelled(), {});
  none->set_layout({"a"});
  EXPECT_EQ(test::decoded(*none, Record("x")),
            "undecodable: there is no schema to read it with (source.schema_file or source.registry names one)");
}

TEST(Avro, ATypeWithinItselfIsEnteredOnlyWhereAFieldIsNamed) {
  std::vector<std::string> fields;
  for (int i = 0; i < 12; ++i) fields.push_back(field(fmt::format("f{}", i), R"(["null","R"])"));
  fields.push_back(field("x", an_int));
  fields.push_back(field("y", an_int));
  AvroBytes bytes;
  for (int i = 0; i < 12; ++i) bytes.integer(0);
  bytes.integer(7).integer(1);
  EXPECT_EQ(discovered(record_type(fields), bytes), "x");
  EXPECT_EQ(decoded(record_type(fields), {"x"}, bytes), "7 | 1");
}

TEST(Avro, EachRecordIsReadByTheSchemaItCameWith) {
  const WriterSchema old{SchemaKind::avro, record_type({field("a", an_int), field("y", an_int)}), {}, true, {}};
  const WriterSchema changed{
      SchemaKind::avro, record_type({field("y", a_double), field("b", R"("string")"), field("a", a_double)}), {}, true, {}};
  const auto decoder = make_avro_decoder(labelled(), {});
  decoder->set_layout({"a"});
  const std::string frame("\0\0\0\0\7", 5);
  Record first(AvroBytes().bytes(frame).integer(5).integer(1));
  first.raw.schema = &old;
  Record second(AvroBytes().bytes(frame).real(0).text("b").real(6));
  second.raw.schema = &changed;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(test::decoded(*decoder, first), "5 | 1");
    EXPECT_EQ(test::decoded(*decoder, second), "6 | 0");
  }
  Record bare(AvroBytes().integer(5).integer(1));
  bare.raw.schema = &old;
  EXPECT_THAT(test::decoded(*decoder, bare), StartsWith("undecodable: it does not begin with a byte 0 and a schema's id"));
  const WriterSchema unknown{SchemaKind::avro, {}, {}, true, "the registry knows no such schema"};
  first.raw.schema = &unknown;
  EXPECT_EQ(test::decoded(*decoder, first), "undecodable: schema 7: the registry knows no such schema");
  const WriterSchema other{SchemaKind::protobuf, {}, {}, true, {}};
  first.raw.schema = &other;
  EXPECT_EQ(test::decoded(*decoder, first), "undecodable: schema 7 is of Protobuf, and source.format says Avro");
}

}  // namespace
}  // namespace rekindle
