#include "connectors/decode/json.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using Names = std::vector<std::string>;

Schema schema_of(Task task = Task::binary, MissingPolicy missing = MissingPolicy::reject) {
  Schema schema;
  schema.task = task;
  schema.label = "y";
  schema.missing = missing;
  return schema;
}

// A record with the padding that the decoder asks for; whatever follows the payload must not matter.
struct Record {
  explicit Record(const std::string& json, std::int64_t timestamp_ms = 0) : bytes(json + std::string(payload_padding, '"')) {
    raw.payload = std::string_view(bytes).substr(0, json.size());
    raw.timestamp_ms = timestamp_ms;
  }
  std::string bytes;
  RawRecord raw;
};

struct Decoded {
  bool good = false;
  Sample sample;
  Rejection why;
  std::string label;
};

Decoded decode(Decoder& decoder, const std::string& json, std::int64_t timestamp_ms = 0) {
  Decoded out;
  const Record record(json, timestamp_ms);
  out.good = decoder.decode(record.raw, out.sample, out.why);
  out.label = out.sample.label.text;
  out.sample.label.text = {};
  out.sample.id = {};
  return out;
}

std::unique_ptr<Decoder> decoder_of(const Schema& schema, Names features) {
  auto decoder = make_json_decoder(schema, {.max_record_bytes = 1000});
  decoder->set_layout(std::move(features));
  return decoder;
}

Decoded decode(const Schema& schema, Names features, const std::string& json) {
  return decode(*decoder_of(schema, std::move(features)), json);
}

struct Good {
  const char* json;
  std::vector<double> values;
  double label;
};

TEST(JsonDecoder, TakesGoodRecords) {
  const std::vector<Good> records = {
      {R"({"a":1,"b":2.5,"y":1})", {1, 2.5}, 1},
      {R"({"y":0,"b":2.5,"a":1})", {1, 2.5}, 0},
      {R"(  { "a" : -1e-3 , "b" : 0 , "y" : 1 }  )", {-1e-3, 0}, 1},
      {R"({"junk":{"a":7,"deep":[1,{"b":8}]},"a":1,"more":[[],"x"],"b":2,"y":1,"last":null})", {1, 2}, 1},
      {R"({"a":true,"b":false,"y":1})", {1, 0}, 1},
      {R"({"\u0061":3,"b":4,"\u0079":1})", {3, 4}, 1},
      {R"({"a":18446744073709551616,"b":-9223372036854775809,"y":1})", {18446744073709551616.0, -9223372036854775809.0}, 1},
      {R"({"a":5e-324,"b":1.7976931348623157e308,"y":1})", {5e-324, 1.7976931348623157e308}, 1},
      {"{\"a\":1,\"b\":2,\"y\":1}\r\n", {1, 2}, 1},
      {R"({"a":0.1,"b":123456789012345678901234567890,"y":-1})", {0.1, 123456789012345678901234567890.0}, -1},
  };
  const auto decoder = decoder_of(schema_of(), {"a", "b"});
  for (const auto& [json, values, label] : records) {
    const auto decoded = decode(*decoder, json);
    EXPECT_TRUE(decoded.good) << json << ": " << decoded.why.detail;
    EXPECT_EQ(decoded.sample.values, values) << json;
    EXPECT_EQ(decoded.sample.label.kind, Label::Kind::number) << json;
    EXPECT_EQ(decoded.sample.label.number, label) << json;
  }
}

struct Bad {
  std::string json;
  RejectReason reason;
  const char* field;
  const char* detail;
};

TEST(JsonDecoder, RefusesBadRecordsAndSaysWhy) {
  using enum RejectReason;
  const std::vector<Bad> records = {
      {"", undecodable, "", "the record has no value"},
      {"   ", undecodable, "", ""},
      {"not json", undecodable, "", ""},
      {"[1,2]", undecodable, "", ""},
      {"3", undecodable, "", ""},
      {"null", undecodable, "", ""},
      {R"({"a":1,"b":2,"y":1)", undecodable, "", ""},
      {R"({"a":1,"b":2,"y":1,)", undecodable, "", ""},
      {R"({"a":1 "b":2,"y":1})", undecodable, "", ""},
      {R"({"a":1,"b":2,"y":1} x)", undecodable, "", ""},
      {R"({"a":1,"b":2,"y":1}{"a":1})", undecodable, "", "something follows the JSON object"},
      {R"({"a":1,"b":2,"y":1}})", undecodable, "", ""},
      {R"({"a":1,"a":1,"b":2,"y":1})", undecodable, "a", "field \"a\" is there twice"},
      {R"({"a":1,"b":2,"y":1,"y":1})", undecodable, "y", "field \"y\" is there twice"},
      {"{\"a\":1,\"b\":2,\"y\":\"\xff\"}", undecodable, "", ""},
      {R"({"a":1,"y":1})", missing_field, "b", "field \"b\" is missing"},
      {R"({"a":1,"b":null,"y":1})", missing_field, "b", "field \"b\" is null"},
      {R"({"a":1,"b":2})", missing_label, "y", "field \"y\" is missing"},
      {"{}", missing_field, "a", "field \"a\" is missing"},
      {R"({"a":"1","b":2,"y":1})", wrong_type, "a", "field \"a\": expected a number, got a string"},
      {R"({"a":[1],"b":2,"y":1})", wrong_type, "a", "field \"a\": expected a number, got an array"},
      {R"({"a":{},"b":2,"y":1})", wrong_type, "a", "field \"a\": expected a number, got an object"},
      {R"({"a":1,"b":2,"y":[1]})", wrong_type, "y", "field \"y\": expected a number, got an array"},
      {R"({"a":NaN,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":nan,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":Infinity,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":-Infinity,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":1e999,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":-1e999,"b":2,"y":1})", non_finite, "a", "field \"a\" is not a finite number"},
      {R"({"a":nul,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":1,"b":2,"y":nope})", undecodable, "y", ""},
      {R"({"a":tru,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":01,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":1.,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":-,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":0x10,"b":2,"y":1})", undecodable, "a", ""},
      {R"({"a":1,"b":2,"y":1,"junk":")" + std::string(1000, 'x') + "\"}", too_large, "", "1029 bytes, at most 1000 are taken"},
  };
  const auto decoder = decoder_of(schema_of(), {"a", "b"});
  for (const auto& [json, reason, field, detail] : records) {
    const auto decoded = decode(*decoder, json);
    EXPECT_FALSE(decoded.good) << json;
    EXPECT_EQ(to_string(decoded.why.reason), to_string(reason)) << json << ": " << decoded.why.detail;
    EXPECT_EQ(decoded.why.field, field) << json;
    EXPECT_EQ(*detail == '\0' ? "" : decoded.why.detail, detail) << json;
    EXPECT_TRUE(decode(*decoder, R"({"a":1,"b":2,"y":1})").good) << "after " << json;
  }
}

TEST(JsonDecoder, ReadsNumbersOfManyDigits) {
  const auto read = [](const std::string& number) {
    return decode(schema_of(), {"a"}, fmt::format(R"({{"a":{} ,"y":1}})", number)).sample.values.at(0);
  };
  EXPECT_EQ(read("0.51234567890123456789"), 0.51234567890123456789);
  EXPECT_EQ(read("-0.00098765432109876543210e2"), -0.00098765432109876543210e2);
  EXPECT_EQ(read("51234567890123456789"), 51234567890123456789.0);
  EXPECT_EQ(read("0." + std::string(400, '0') + "1"), 0);
}

TEST(JsonDecoder, RefusesATombstone) {
  const auto decoder = decoder_of(schema_of(), {"a"});
  Record record("{}");
  record.raw.tombstone = true;
  Sample sample;
  Rejection why;
  EXPECT_FALSE(decoder->decode(record.raw, sample, why));
  EXPECT_EQ(why.reason, RejectReason::undecodable);
}

TEST(JsonDecoder, TakesANullLabelForOneThatIsNotKnownYet) {
  for (const auto task : {Task::regression, Task::binary, Task::multiclass}) {
    const auto decoded = decode(schema_of(task), {"a"}, R"({"a":1,"y":null})");
    EXPECT_TRUE(decoded.good) << decoded.why.detail;
    EXPECT_EQ(decoded.sample.label.kind, Label::Kind::absent);
  }
}

TEST(JsonDecoder, TakesTextAndBooleansForTheLabelOfAClassification) {
  const std::pair<const char*, const char*> labels[] = {
      {"\"red\"", "red"}, {"\"r\\u0065d\"", "red"}, {"true", "true"}, {"false", "false"}, {"\"\"", ""}};
  for (const auto& [json, text] : labels) {
    const auto decoded = decode(schema_of(Task::multiclass), {"a"}, fmt::format("{{\"a\":1,\"y\":{}}}", json));
    EXPECT_TRUE(decoded.good) << decoded.why.detail;
    EXPECT_EQ(decoded.sample.label.kind, Label::Kind::text);
    EXPECT_EQ(decoded.label, text);
  }
  const auto refused = decode(schema_of(Task::regression), {"a"}, R"({"a":1,"y":"5"})");
  EXPECT_FALSE(refused.good);
  EXPECT_EQ(refused.why.reason, RejectReason::wrong_type);
}

TEST(JsonDecoder, FillsInMissingFeaturesAsTheSchemaSays) {
  for (const auto* json : {R"({"b":2,"y":1})", R"({"a":null,"b":2,"y":1})"}) {
    EXPECT_EQ(decode(schema_of(Task::binary, MissingPolicy::zero), {"a", "b"}, json).sample.values, (std::vector<double>{0, 2}));
    const auto mean = decode(schema_of(Task::binary, MissingPolicy::mean), {"a", "b"}, json);
    EXPECT_TRUE(mean.good);
    EXPECT_TRUE(std::isnan(mean.sample.values[0]));
    EXPECT_EQ(mean.sample.values[1], 2);
  }
}

TEST(JsonDecoder, FillsInAMissingArrayWhole) {
  const auto decoded = decode(schema_of(Task::binary, MissingPolicy::zero), {"v[0]", "v[1]", "b"}, R"({"b":2,"y":1})");
  EXPECT_TRUE(decoded.good);
  EXPECT_EQ(decoded.sample.values, (std::vector<double>{0, 0, 2}));
}

TEST(JsonDecoder, ReadsArraysOfTheirLength) {
  const auto decoder = decoder_of(schema_of(), {"v[0]", "v[1]", "v[2]", "b"});
  EXPECT_EQ(decode(*decoder, R"({"v":[1,2,true],"b":4,"y":1})").sample.values, (std::vector<double>{1, 2, 1, 4}));
  const std::vector<Bad> records = {
      {R"({"v":[1,2],"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected 3 numbers, got 2"},
      {R"({"v":[],"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected 3 numbers, got 0"},
      {R"({"v":[1,2,3,4],"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected 3 numbers, got 4"},
      {R"({"v":1,"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected an array of 3 numbers"},
      {R"({"v":[1,"2",3],"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected a number, got a string"},
      {R"({"v":[1,null,3],"b":4,"y":1})", RejectReason::missing_field, "v", "field \"v\" is null"},
      {R"({"v":[1,1e999,3],"b":4,"y":1})", RejectReason::non_finite, "v", "field \"v\" is not a finite number"},
      {R"({"v":[1,[2],3],"b":4,"y":1})", RejectReason::wrong_type, "v", "field \"v\": expected a number, got an array"},
  };
  for (const auto& [json, reason, field, detail] : records) {
    const auto decoded = decode(*decoder, json);
    EXPECT_FALSE(decoded.good) << json;
    EXPECT_EQ(to_string(decoded.why.reason), to_string(reason)) << json;
    EXPECT_EQ(decoded.why.detail, detail) << json;
  }
}

Schema with_roles() {
  auto schema = schema_of(Task::binary, MissingPolicy::zero);
  schema.weight = "w";
  schema.id = "id";
  schema.time = "ts";
  return schema;
}

TEST(JsonDecoder, ReadsWeightAndTime) {
  struct Row {
    const char* json;
    double weight;
    std::int64_t time_ms;
  };
  const auto decoder = decoder_of(with_roles(), {"a"});
  for (const auto& [json, weight, time_ms] : {Row{R"({"a":1,"y":1,"w":0.5,"ts":1700000000000})", 0.5, 1'700'000'000'000},
                                              {R"({"a":1,"y":1,"w":2,"ts":"2026-11-23T10:00:00Z"})", 2, 1'795'428'000'000},
                                              {R"({"a":1,"y":1,"w":1})", 1, 99},
                                              {R"({"a":1,"y":1,"w":1,"ts":null})", 1, 99},
                                              {R"({"a":1,"y":1,"w":-3})", -3, 99}}) {
    const auto decoded = decode(*decoder, json, 99);
    EXPECT_TRUE(decoded.good) << decoded.why.detail;
    EXPECT_EQ(decoded.sample.weight, weight) << json;
    EXPECT_EQ(decoded.sample.time_ms, time_ms) << json;
  }
}

TEST(JsonDecoder, WantsTheWeightWhateverTheSchemaSaysOfMissingFeatures) {
  for (const auto* json : {R"({"a":1,"y":1})", R"({"a":1,"y":1,"w":null})"}) {
    const auto decoded = decode(with_roles(), {"a"}, json);
    EXPECT_FALSE(decoded.good) << json;
    EXPECT_EQ(decoded.why.reason, RejectReason::missing_field);
    EXPECT_EQ(decoded.why.field, "w");
  }
}

TEST(JsonDecoder, RefusesATimeThatIsNone) {
  for (const auto* time : {"\"yesterday\"", "true", "[1]", "1e300", "\"2026-11-23\""}) {
    const auto decoded = decode(with_roles(), {"a"}, fmt::format("{{\"a\":1,\"y\":1,\"w\":1,\"ts\":{}}}", time));
    EXPECT_FALSE(decoded.good) << time;
    EXPECT_EQ(decoded.why.reason, RejectReason::wrong_type) << time;
    EXPECT_EQ(decoded.why.field, "ts") << time;
  }
}

TEST(JsonDecoder, ReadsAnIdOfAnyScalar) {
  const auto decoder = decoder_of(with_roles(), {"a"});
  for (const auto& [json, id] : {std::pair(R"("x\u0031")", "x1"), {"12", "12"}, {" 1.50 ", "1.50"}, {"null", ""}}) {
    const Record record(fmt::format("{{\"a\":1,\"y\":1,\"w\":1,\"id\":{}}}", json));
    Sample sample;
    Rejection why;
    ASSERT_TRUE(decoder->decode(record.raw, sample, why)) << why.detail;
    EXPECT_EQ(sample.id, id) << json;
  }
}

TEST(JsonDecoder, ForgetsTheRecordBefore) {
  const auto decoder = decoder_of(with_roles(), {"a"});
  Sample sample;
  Rejection why;
  const Record full(R"({"a":1,"y":1,"w":5,"id":"k","ts":123})");
  const Record bare(R"({"a":2,"y":null,"w":1})");
  ASSERT_TRUE(decoder->decode(full.raw, sample, why));
  ASSERT_TRUE(decoder->decode(bare.raw, sample, why));
  EXPECT_EQ(sample.values, (std::vector<double>{2}));
  EXPECT_EQ(sample.label.kind, Label::Kind::absent);
  EXPECT_EQ(sample.weight, 1);
  EXPECT_EQ(sample.id, "");
  EXPECT_EQ(sample.time_ms, 0);
}

TEST(JsonDecoder, TakesFieldsInAnOrderThatChangesFromRecordToRecord) {
  const auto decoder = decoder_of(schema_of(), {"a", "b", "c"});
  Names parts = {"\"a\":1", "\"b\":2", "\"c\":3", "\"y\":1", "\"other\":[1,2]"};
  std::ranges::sort(parts);
  do {
    const auto decoded = decode(*decoder, fmt::format("{{{}}}", fmt::join(parts, ",")));
    ASSERT_TRUE(decoded.good) << decoded.why.detail;
    ASSERT_EQ(decoded.sample.values, (std::vector<double>{1, 2, 3}));
  } while (std::ranges::next_permutation(parts).found);
}

// Every record cut short or with one byte changed is refused or decoded, never worse.
TEST(JsonDecoder, SurvivesEveryDamage) {
  const auto decoder = decoder_of(with_roles(), {"a", "v[0]", "v[1]"});
  const std::string json = R"({"a":-1.5e2,"v":[1,2],"y":"n\u006f","w":1,"id":"k","ts":"2026-11-23T10:00:00Z","z":{"q":[null,true]}})";
  ASSERT_TRUE(decode(*decoder, json).good);
  for (std::size_t size = 0; size < json.size(); ++size) EXPECT_FALSE(decode(*decoder, json.substr(0, size)).good) << size;
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (const char byte : {'\0', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', ' ', '\xff'}) {
      auto damaged = json;
      damaged[i] = byte;
      const auto decoded = decode(*decoder, damaged);
      EXPECT_TRUE(!decoded.good || decoded.sample.values.size() == 3);
    }
  }
}

std::optional<Names> discovered(Schema schema, const std::string& json, Rejection& why) {
  const Record record(json);
  return make_json_decoder(schema, {.max_record_bytes = 1000})->discover(record.raw, why);
}

TEST(JsonDiscovery, TakesEveryNumericFieldThatHasNoOtherRole) {
  Rejection why;
  auto schema = with_roles();
  schema.incumbent = "old";
  EXPECT_EQ(
      discovered(
          schema,
          R"({"b":1,"name":"x","a":true,"y":1,"w":1,"id":7,"ts":1,"old":0.5,"v":[1,2],"text":["x"],"no":[],"obj":{"q":1},"gone":null})",
          why),
      (Names{"b", "a", "v[0]", "v[1]"}));
}

TEST(JsonDiscovery, SpellsOutTheArraysThatTheSchemaNames) {
  Rejection why;
  auto schema = schema_of();
  schema.features = {"v", "a"};
  EXPECT_EQ(discovered(schema, R"({"a":1,"v":[5,6,7],"b":2,"y":1})", why), (Names{"v[0]", "v[1]", "v[2]", "a"}));
}

TEST(JsonDiscovery, SaysWhatWasMeantByANameThatIsNotThere) {
  Rejection why;
  auto schema = schema_of();
  schema.features = {"prise", "size"};
  EXPECT_EQ(discovered(schema, R"({"price":1,"size":2,"y":1})", why), std::nullopt);
  EXPECT_EQ(why.reason, RejectReason::missing_field);
  EXPECT_EQ(why.detail, "field \"prise\" is missing; did you mean \"price\"? (the record has price, size, y)");
}

TEST(JsonDiscovery, TakesAMissingFieldWhereTheSchemaAllowsIt) {
  Rejection why;
  auto schema = schema_of(Task::binary, MissingPolicy::zero);
  schema.features = {"a", "later"};
  EXPECT_EQ(discovered(schema, R"({"a":1,"y":1})", why), (Names{"a", "later"}));
}

TEST(JsonDiscovery, WaitsForARecordThatTellsTheFeatures) {
  for (const auto* json : {R"({"name":"x","y":1})", R"({"y":1})", "[]", "", R"({"a":1,)"}) {
    Rejection why;
    EXPECT_EQ(discovered(schema_of(), json, why), std::nullopt) << json;
  }
  auto schema = schema_of();
  schema.features = {"v"};
  Rejection why;
  EXPECT_EQ(discovered(schema, R"({"v":[],"y":1})", why), std::nullopt) << "an empty array does not tell its length";
}

}  // namespace
}  // namespace rekindle
