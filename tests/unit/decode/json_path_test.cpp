#include <gmock/gmock.h>

#include "connectors/decode/json.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

using Names = std::vector<std::string>;
using test::Record;

Schema schema_of(MissingPolicy missing = MissingPolicy::reject) {
  Schema schema;
  schema.label = "y";
  schema.missing = missing;
  return schema;
}

std::string decoded(const Schema& schema, Names features, const std::string& json) {
  const auto decoder = make_json_decoder(schema, {});
  decoder->set_layout(std::move(features));
  return test::decoded(*decoder, Record(json));
}

std::string decoded(Names features, const std::string& json) { return decoded(schema_of(), std::move(features), json); }

TEST(JsonPath, LeadsIntoObjects) {
  EXPECT_EQ(decoded({"user.age", "x"}, R"({"user":{"name":"k","age":40},"x":1,"y":1})"), "40 1 | 1");
  EXPECT_EQ(decoded({"user.age", "x"}, R"({"y":1,"x":1,"user":{"age":40,"more":{"age":7}}})"), "40 1 | 1");
  EXPECT_EQ(decoded({"a.b.c.d.e.f.g.h"}, R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":8}}}}}}},"y":1})"), "8 | 1");
  EXPECT_EQ(decoded({"a.v[0]", "a.v[1]", "a.u", "b.u"}, R"({"b":{"u":4},"a":{"u":3,"v":[1,2]},"y":1})"), "1 2 3 4 | 1");
}

TEST(JsonPath, IsGoodForEveryRole) {
  auto schema = schema_of();
  schema.label = "truth.y";
  schema.weight = "meta.w";
  schema.id = "meta.id";
  schema.time = "meta.at.ts";
  EXPECT_EQ(decoded(schema, {"x"}, R"({"x":1,"truth":{"y":"no"},"meta":{"w":2,"id":"k","at":{"ts":5}}})"), "1 | 'no' | w 2 | id k | t 5");
  EXPECT_EQ(decoded(schema, {"x"}, R"({"x":1,"truth":{"y":null},"meta":{"w":2}})"), "1 | ? | w 2");
  EXPECT_EQ(decoded(schema, {"x"}, R"({"x":1,"truth":{},"meta":{"w":2}})"), "missing_label of truth.y: field \"truth.y\" is missing");
}

TEST(JsonPath, GivesWayToAKeyOfThatName) {
  EXPECT_EQ(decoded({"u.a"}, R"({"u.a":1,"y":1})"), "1 | 1");
  EXPECT_EQ(decoded({"u.a"}, R"({"u.a":1,"u":{"a":2},"y":1})"), "1 | 1");
  EXPECT_EQ(decoded({"u.a"}, R"({"u":{"a":2},"u.a":1,"y":1})"), "1 | 1");
  EXPECT_EQ(decoded({"u.a"}, R"({"u":{"a":2},"u.a":1,"u.a":1,"y":1})"), "undecodable of u.a: field \"u.a\" is there twice");
  EXPECT_EQ(decoded({"u.a"}, R"({"u":{"a":2,"a":3},"y":1})"), "undecodable of u.a: field \"u.a\" is there twice");
  EXPECT_EQ(decoded({"u.a"}, R"({"u":{"a":2},"u":{"a":3},"y":1})"), "undecodable of u.a: field \"u.a\" is there twice");
}

TEST(JsonPath, EndsWhereTheRecordHasNoSuchMember) {
  const Names features = {"u.a", "x"};
  EXPECT_EQ(decoded(features, R"({"u":{"b":2},"x":1,"y":1})"), "missing_field of u.a: field \"u.a\" is missing");
  EXPECT_EQ(decoded(features, R"({"u":null,"x":1,"y":1})"), "missing_field of u.a: field \"u.a\" is missing");
  EXPECT_EQ(decoded(features, R"({"x":1,"y":1})"), "missing_field of u.a: field \"u.a\" is missing");
  EXPECT_EQ(decoded(features, R"({"u":5,"x":1,"y":1})"), "wrong_type of u: field \"u\": expected an object");
  EXPECT_EQ(decoded(features, R"({"u":[{"a":1}],"x":1,"y":1})"), "wrong_type of u: field \"u\": expected an object");
  EXPECT_EQ(decoded(features, R"({"u":{"a":"x"},"x":1,"y":1})"), "wrong_type of u.a: field \"u.a\": expected a number, got a string");
  EXPECT_EQ(decoded(schema_of(MissingPolicy::zero), features, R"({"u":{},"x":1,"y":1})"), "0 1 | 1");
}

TEST(JsonPath, MayBeginAtAFieldOfItsOwn) {
  EXPECT_EQ(decoded(schema_of(MissingPolicy::zero), {"u", "u.a"}, R"({"u":5,"y":1})"), "5 0 | 1");
  EXPECT_EQ(decoded(schema_of(MissingPolicy::zero), {"u", "u.a"}, R"({"u":{"a":5},"y":1})"), "0 5 | 1");
}

TEST(JsonPath, IsNoPathWithEmptyOrTooManyParts) {
  EXPECT_EQ(decoded({".a", "b.", "c..d", "a.b.c.d.e.f.g.h.i"}, R"({".a":1,"b.":2,"c..d":3,"a.b.c.d.e.f.g.h.i":4,"y":1})"), "1 2 3 4 | 1");
}

TEST(JsonPath, SurvivesEveryDamage) {
  const auto decoder = make_json_decoder(schema_of(MissingPolicy::zero), {});
  decoder->set_layout({"a.b.c", "a.d", "e"});
  const std::string json = R"({"a":{"b":{"c":1,"z":[{}]},"d":2},"e":3,"y":1})";
  ASSERT_EQ(test::decoded(*decoder, Record(json)), "1 2 3 | 1");
  for (std::size_t size = 0; size < json.size(); ++size)
    EXPECT_EQ(test::decoded(*decoder, Record(json.substr(0, size))).find('|'), std::string::npos);
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (const char byte : {'\0', '"', '\\', '{', '}', '[', ']', ',', ':', '0', ' ', '\xff'}) {
      auto damaged = json;
      damaged[i] = byte;
      (void)test::decoded(*decoder, Record(damaged));
      (void)test::discovered(*decoder, Record(damaged));
    }
  }
  EXPECT_EQ(test::decoded(*decoder, Record(json)), "1 2 3 | 1");
}

TEST(JsonPath, IsFoundWhenTheSchemaNamesIt) {
  auto schema = schema_of();
  const std::string json = R"({"x":1,"u":{"age":2,"v":[1,2],"deep":{"z":1}},"y":1})";
  const auto found = [&](Names features) {
    schema.features = std::move(features);
    return test::discovered(*make_json_decoder(schema, {}), Record(json));
  };
  EXPECT_EQ(found({"u.v", "u.age", "u.deep.z"}), "u.v[0] u.v[1] u.age u.deep.z");
  EXPECT_EQ(found({}), "x") << "by itself only what is at the top";
  EXPECT_EQ(found({"u.aeg"}),
            "missing_field: field \"u.aeg\" is missing; did you mean \"u.age\"? (the record has x, u.age, u.v, u.deep.z, y)");
}

}  // namespace
}  // namespace rekindle
