#include "connectors/decode/protobuf.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "base/base64.hpp"
#include "connectors/decode/protobuf_schema.hpp"
#include "connectors/decode/typed_values.hpp"
#include "support/decoding.hpp"
#include "support/protobuf_bytes.hpp"

namespace rekindle {
namespace {

using Names = std::vector<std::string>;
using test::ProtobufBytes;
using test::Record;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Schema labelled(const std::string& label = "y") {
  Schema schema;
  schema.label = label;
  return schema;
}

WriterSchema compiled(const std::string& proto, const std::string& message = {}) {
  const auto text = compile_proto("t.proto", {{"t.proto", proto}});
  EXPECT_TRUE(text) << text.error().message;
  return {SchemaKind::protobuf, text.value_or(""), message, false, {}};
}

DecoderOptions with(const std::string& proto, const std::string& message = {}) {
  DecoderOptions options;
  options.schema = std::make_shared<const WriterSchema>(compiled(proto, message));
  return options;
}

std::string decoded(const std::string& proto, const Names& features, const std::string& bytes, const Schema& schema = labelled()) {
  const auto decoder = make_protobuf_decoder(schema, with(proto));
  decoder->set_layout(features);
  return test::decoded(*decoder, Record(bytes));
}

std::string discovered(const std::string& proto, const std::string& bytes, const Schema& schema = labelled()) {
  return test::discovered(*make_protobuf_decoder(schema, with(proto)), Record(bytes));
}

std::string proto3(const std::string& fields, const std::string& more = {}) {
  return fmt::format("syntax = \"proto3\"; package p; message M {{ {} }} {}", fields, more);
}

TEST(Protobuf, NumbersOfEveryType) {
  const auto proto = proto3(
      "int32 i = 1; sint64 s = 2; uint64 u = 3; fixed32 f = 4; float g = 5; double d = 6; bool t = 7; string text = 8; int32 y = 9;");
  const auto bytes = ProtobufBytes()
                         .varint(1, static_cast<std::uint64_t>(-7))
                         .varint(2, 5)
                         .varint(3, ~std::uint64_t{0})
                         .fixed32(4, 9)
                         .single(5, 0.5F)
                         .real(6, -2.5)
                         .varint(7, 1)
                         .text(8, "no number")
                         .varint(9, 1);
  EXPECT_EQ(discovered(proto, bytes), "i s u f g d t");
  EXPECT_EQ(decoded(proto, {"i", "s", "u", "f", "g", "d", "t"}, bytes), "-7 -3 1.8446744073709552e+19 9 0.5 -2.5 1 | 1");
  EXPECT_EQ(decoded(proto, {"text"}, bytes), "wrong_type of text: field \"text\": expected a number, got a string");
  EXPECT_EQ(decoded(proto, {"i", "z"}, bytes), "missing_field of z: field \"z\" is missing");
}

TEST(Protobuf, AFieldThatSaysSoIsMissing) {
  const auto proto =
      fmt::format("syntax = \"proto3\"; import \"google/protobuf/wrappers.proto\"; message M {{ {} }}",
                  "optional double o = 1; double d = 2; google.protobuf.DoubleValue w = 3; oneof one { int32 q = 4; int32 r = 5; } "
                  "google.protobuf.Int32Value y = 6;");
  auto schema = labelled();
  schema.missing = MissingPolicy::mean;
  const Names all = {"o", "d", "w", "q", "r"};
  EXPECT_EQ(decoded(proto, all, ProtobufBytes().varint(5, 3), schema), "nan 0 nan nan 3 | ?");
  EXPECT_EQ(
      decoded(proto, all,
              ProtobufBytes().real(1, 1).bytes(3, ProtobufBytes().real(1, 2)).varint(4, 3).bytes(6, ProtobufBytes().varint(1, 1)), schema),
      "1 0 2 3 nan | 1");
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(2, 1)), "1 | ?");
  EXPECT_EQ(decoded(proto, {"o"}, ProtobufBytes().real(2, 1)), "missing_field of o: field \"o\" is null");
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(2, 1), labelled("no")), "missing_label of no: field \"no\" is missing");
  EXPECT_EQ(discovered(proto, ProtobufBytes().varint(5, 3), schema), "o d w q r");
}

TEST(Protobuf, RepeatedNumbersAreElements) {
  const auto proto = proto3("repeated double x = 1; repeated int32 n = 2 [packed = false]; repeated string s = 3; int32 y = 4;");
  const auto bytes = ProtobufBytes().bytes(1, ProtobufBytes().bare(1.5).bare(2.5)).varint(2, 7).varint(2, 8).text(3, "a").varint(4, 1);
  EXPECT_EQ(discovered(proto, bytes), "x[0] x[1] n[0] n[1]");
  EXPECT_EQ(decoded(proto, {"x[0]", "x[1]", "n[0]", "n[1]"}, bytes), "1.5 2.5 7 8 | 1");
  EXPECT_EQ(decoded(proto, {"x[0]"}, bytes), "wrong_type of x: field \"x\": expected 1 numbers, got 2");
  EXPECT_EQ(decoded(proto, {"s[0]"}, bytes), "wrong_type of s: field \"s\": expected a number, got a string");
  EXPECT_EQ(decoded(proto, {"x"}, bytes), "wrong_type of x: field \"x\": expected a number, got an array");
  EXPECT_EQ(decoded(proto, {"y[0]"}, bytes, labelled("n")), "wrong_type of n: field \"n\": expected a number, got an array");
  EXPECT_EQ(decoded(proto, {"x[0]"}, ProtobufBytes().varint(4, 1)), "missing_field of x: field \"x\" is missing");
}

TEST(Protobuf, MembersOfMessagesArePaths) {
  const auto proto = proto3("User user = 1; int32 y = 2; M again = 3;",
                            "message User { int32 age = 1; repeated float v = 2; Other o = 3; } message Other { int32 k = 1; }");
  const auto bytes = ProtobufBytes().bytes(1, ProtobufBytes().varint(1, 40).bytes(3, ProtobufBytes().varint(1, 2))).varint(2, 1);
  auto schema = labelled();
  schema.features = {"user.age", "user.o.k"};
  EXPECT_EQ(discovered(proto, bytes, schema), "user.age user.o.k");
  EXPECT_EQ(decoded(proto, {"user.age", "user.o.k"}, bytes), "40 2 | 1");
  EXPECT_EQ(decoded(proto, {"user.age"}, ProtobufBytes().varint(2, 1)), "missing_field of user.age: field \"user.age\" is missing");
  EXPECT_EQ(decoded(proto, {"user"}, bytes), "wrong_type of user: field \"user\": expected a number, got an object");
  EXPECT_EQ(
      decoded(proto, {"again.again.y"}, ProtobufBytes().varint(2, 1).bytes(3, ProtobufBytes().bytes(3, ProtobufBytes().varint(2, 5)))),
      "5 | 1");
}

TEST(Protobuf, TextsEnumsAndTime) {
  const auto proto = fmt::format(
      "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; enum Colour {{ RED = 0; GREEN = 1; }} message M {{ {} }}",
      "string id = 1; Colour c = 2; google.protobuf.Timestamp at = 3; string y = 4; int64 n = 5;");
  auto schema = labelled();
  schema.id = "id";
  schema.time = "at";
  schema.categorical = {"c", "n"};
  const auto bytes =
      ProtobufBytes().text(1, "k").varint(2, 1).bytes(3, ProtobufBytes().varint(1, 1'700'000'000).varint(2, 123'456'789)).text(4, "spam");
  EXPECT_EQ(decoded(proto, {}, bytes, schema), " | 'spam' | 'GREEN' '0' | id k | t 1700000000123");
  EXPECT_EQ(decoded(proto, {}, ProtobufBytes().varint(2, 9).varint(5, 12), schema), " | '' | '9' '12'");
}

TEST(Protobuf, WhatIsNoNumberIsRefused) {
  const auto proto = proto3("map<string, double> m = 1; repeated M all = 2; bytes b = 3; double d = 4; int32 y = 5;");
  const auto bytes =
      ProtobufBytes().bytes(1, ProtobufBytes().text(1, "k").real(2, 1)).bytes(2, ProtobufBytes()).text(3, "b").real(4, 2).varint(5, 1);
  EXPECT_EQ(decoded(proto, {"d"}, bytes), "2 | 1");
  EXPECT_EQ(decoded(proto, {"m"}, bytes), "wrong_type of m: field \"m\": expected a number, got a map");
  EXPECT_EQ(decoded(proto, {"all"}, bytes), "wrong_type of all: field \"all\": expected a number, got an array of objects");
  EXPECT_EQ(decoded(proto, {"b"}, bytes), "wrong_type of b: field \"b\": expected a number, got bytes");
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(4, std::numeric_limits<double>::infinity()).varint(5, 1)),
            "non_finite of d: field \"d\" is not a finite number");
}

TEST(Protobuf, ABrokenRecordIsRefused) {
  const auto proto = proto3("double d = 1; string s = 2; int32 y = 3; M again = 4;");
  const std::string whole = ProtobufBytes().real(1, 1).text(2, "abc").varint(3, 300);
  const auto* const refused = "undecodable: not a p.M: cut off, of another type, or nested deeper than 64 levels";
  for (const auto size : {1U, 5U, 10U, 11U, 13U, 15U}) EXPECT_EQ(decoded(proto, {"d"}, whole.substr(0, size)), refused) << size;
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(1, 1).raw("\x12\xff\xff\xff\xff\x0f")), refused) << "a length beyond the end";
  EXPECT_EQ(decoded(proto, {"d"}, std::string(20, '\xff')), refused);
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(1, 1).varint(3, 1).text(99, "of a newer schema")), "1 | 1");
  std::string nested;
  for (int i = 0; i < 200; ++i) nested = ProtobufBytes().bytes(4, nested);
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(1, 1).varint(3, 1).raw(nested)), "1 | 1") << "what nobody asks for is not entered";
  EXPECT_EQ(decoded(proto, {"again.d"}, ProtobufBytes().varint(3, 1).raw(nested)), refused);
}

TEST(Protobuf, WhatNobodyWantsMakesNoObjects) {
  std::string wide;
  for (int i = 10; i < 2000; ++i) wide += fmt::format("double f{} = {};", i, i);
  const auto proto = proto3("double d = 1; repeated Wide w = 2; int32 y = 3;", fmt::format("message Wide {{ {} }}", wide));
  ProtobufBytes bytes;
  bytes.real(1, 1).varint(3, 1);
  for (int i = 0; i < 200'000; ++i) bytes.raw(std::string("\x12\0", 2));
  EXPECT_EQ(decoded(proto, {"d"}, bytes), "1 | 1") << "3 GB otherwise";
}

TEST(Protobuf, OlderSyntaxToo) {
  const std::string proto =
      "syntax = \"proto2\"; message M { required double d = 1; optional int32 n = 2 [default = 4]; required int32 y = 3; optional group G "
      "= 5 { optional int32 k = 1; } }";
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().real(1, 1).varint(3, 1)), "1 | 1");
  EXPECT_EQ(decoded(proto, {"d", "n"}, ProtobufBytes().real(1, 1).varint(3, 1)), "missing_field of n: field \"n\" is null");
  EXPECT_EQ(decoded(proto, {"d"}, ProtobufBytes().varint(3, 1)), "missing_field of d: field \"d\" is null");
}

TEST(Protobuf, TheFrameSaysWhichMessageItIs) {
  auto writer = compiled(
      "syntax = \"proto3\"; message A { double a = 1; int32 y = 2; message In { int32 y = 1; double a = 3; } } message B { int32 y = 1; "
      "double a = 2; }");
  writer.framed = true;
  const auto decoder = make_protobuf_decoder(labelled(), {});
  decoder->set_layout({"a"});
  const auto framed = [&](std::string_view indexes, const std::string& body) {
    Record record(std::string("\0\0\0\0\7", 5).append(indexes).append(body));
    record.raw.schema = &writer;
    return test::decoded(*decoder, record);
  };
  EXPECT_EQ(framed(std::string_view("\0", 1), ProtobufBytes().real(1, 5).varint(2, 1)), "5 | 1");
  EXPECT_EQ(framed(std::string_view("\2\2", 2), ProtobufBytes().real(2, 6).varint(1, 1)), "6 | 1");
  EXPECT_EQ(framed(std::string_view("\4\0\0", 3), ProtobufBytes().real(3, 7).varint(1, 0)), "7 | 0");
  EXPECT_EQ(framed(std::string_view("\2\4", 2), "x"), "undecodable: its schema has no message at place 2");
  EXPECT_EQ(framed("\xff\xff\xff", ""), "undecodable: the frame of the record does not say which message it is");
  EXPECT_EQ(framed(std::string_view("\4\0", 2), ""), "undecodable: the frame of the record does not say which message it is");
}

TEST(Protobuf, ASchemaThatIsNoneIsSaid) {
  EXPECT_EQ(compile_proto("t.proto", {{"t.proto", "syntax = \"proto3\";\nmessage M { nothing d = 1; }"}}).error().message,
            "t.proto:2:13: \"nothing\" is not defined.");
  EXPECT_EQ(compile_proto("t.proto", {{"t.proto", "import \"other.proto\";"}}).error().message, "other.proto: there is no such file");
  const auto files = compile_proto("t.proto", {{"t.proto", "syntax = \"proto3\"; import \"in/other.proto\"; message M { Other o = 1; }"},
                                               {"in/other.proto", "syntax = \"proto3\"; message Other { int32 k = 1; }"}});
  ASSERT_TRUE(files) << files.error().message;
  google::protobuf::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromString(*files));
  const auto registered = compile_proto(
      "t.proto", {{"t.proto", base64(set.file(1).SerializeAsString())}, {"in/other.proto", base64(set.file(0).SerializeAsString())}});
  ASSERT_TRUE(registered) << registered.error().message;
  EXPECT_EQ(*registered, *files);
  EXPECT_THAT(ProtobufTypes::make("{}").error().message, StartsWith("neither a .proto file nor a FileDescriptorSet"));
  const auto types = ProtobufTypes::make(*files);
  ASSERT_TRUE(types);
  EXPECT_EQ((*types)->message("").value()->full_name(), "M");
  EXPECT_EQ((*types)->message("Other").value()->full_name(), "Other");
  EXPECT_EQ((*types)->message("N").error().message, "there is no message N; there are M");
}

}  // namespace
}  // namespace rekindle
