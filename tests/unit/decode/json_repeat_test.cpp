// A record that is written like those before it is read without the parser; nobody may notice.
#include "connectors/decode/json_repeat.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <random>

#include "connectors/decode/json.hpp"

namespace rekindle {
namespace {

// `rich`: with every role that there is.
Schema schema_of(bool rich = false) {
  Schema schema;
  schema.task = Task::binary;
  schema.label = "y";
  if (!rich) return schema;
  schema.weight = "w";
  schema.id = "id";
  schema.time = "t";
  schema.offset = "margin";
  schema.categorical = {"city"};
  schema.incumbent = "old";
  return schema;
}

std::unique_ptr<Decoder> decoder_of(const Schema& schema, std::vector<std::string> features, const DecoderOptions& options = {}) {
  auto decoder = make_json_decoder(schema, options);
  decoder->set_layout(std::move(features));
  return decoder;
}

// All that a decoder says of a record. What follows the payload looks like more of it.
std::string decoded(Decoder& decoder, const std::string& json, const std::string& behind = R"(,"x":1,"y":1}1}"y":1]})") {
  const std::string bytes = json + behind + std::string(payload_padding, '1');
  RawRecord record;
  record.payload = std::string_view(bytes).substr(0, json.size());
  record.timestamp_ms = 7;
  Sample sample;
  Rejection why;
  if (!decoder.decode(record, sample, why)) return fmt::format("{} {}: {}", to_string(why.reason), why.field, why.detail);
  std::string out;
  for (const double value : sample.values) out += fmt::format("{:x} ", std::bit_cast<std::uint64_t>(value));
  for (const auto category : sample.categories) out += fmt::format("[{}]", category);
  const auto label = [](const Label& one) { return fmt::format("{} {} {}", static_cast<int>(one.kind), one.number, text_of(one)); };
  return out + fmt::format("{} | {} | {} {} {} {}", label(sample.label), label(sample.incumbent), sample.weight, sample.offset, sample.id,
                           sample.time_ms);
}

struct Stream {
  std::vector<std::string> features;
  std::string record;
  bool rich = false;
};

const std::vector<Stream>& streams() {
  static const std::vector<Stream> all = {
      {{"a", "b", "c"}, R"({"a":1.5,"b":-0.25,"c":12,"y":1})"},
      {{"a", "b", "c"},
       R"({"a": 1.5, "b": -0.25, "c": 12, "y": 0, "w": 2, "id": 17, "t": 1700000000000, "margin": 0.5, "old": 1, "city": 12})",
       true},
      {{"x[0]", "x[1]", "x[2]", "b"}, R"({"y":1,"x":[1,0.3333333333333333,-3e-5],"b":2})"},
      {{"a"}, R"({"t":-8999999999999999,"id":-0.5e3,"old":0,"margin":-2,"w":0.5,"a":3,"city":"Rome"})", true},
      {{"a"},
       R"({"id": "user 1", "t": "2026-11-23T10:00:00Z", "a": 3, "city": "a name of a city of more than 32 characters", "y": "yes",)"
       R"( "old": "", "margin": 1, "w": 1})",
       true},
      {{"b", "x[0]", "x[1]"}, R"({"y": 1, "b": 0.1234567890123456789, "x": [1, 2]})"},
      {{"a", "b"}, R"({"b":2,"a":1})"},
      {{"a_name_of_more_than_sixteen_bytes", "b"}, R"({"a_name_of_more_than_sixteen_bytes":1,"b":-7.25,"y":1})"},
  };
  return all;
}

// Decoded by one that has seen such records, and by one that has seen none.
void expect_same(const Stream& stream, const std::vector<std::string>& records) {
  const auto make = [&] { return decoder_of(schema_of(stream.rich), stream.features, {.label_may_be_absent = true}); };
  const auto usual = decoded(*make(), stream.record);
  ASSERT_FALSE(usual.starts_with("missing") || usual.starts_with("undecodable")) << usual;
  const auto used = make();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(decoded(*used, stream.record), usual);
  for (const auto& record : records) {
    const auto expected = decoded(*make(), record);
    ASSERT_EQ(decoded(*used, record), expected) << record;
    ASSERT_EQ(decoded(*used, record, ""), expected) << record;
    ASSERT_EQ(decoded(*used, stream.record), usual) << "after " << record;
  }
}

TEST(JsonRepeat, ReadsEveryDamagedRecordAsTheParserDoes) {
  const std::string bytes = " \t\r\n0159-+.eE,:\"[]{}\\nx\x01\x7f\xff";
  for (const auto& stream : streams()) {
    SCOPED_TRACE(stream.record);
    std::vector<std::string> damaged;
    for (std::size_t i = 0; i <= stream.record.size(); ++i) {
      damaged.push_back(stream.record.substr(0, i));
      if (i < stream.record.size()) damaged.push_back(std::string(stream.record).erase(i, 1));
      for (const char c : bytes) {
        damaged.push_back(std::string(stream.record).insert(i, 1, c));
        if (i < stream.record.size()) damaged.push_back(std::string(stream.record).replace(i, 1, 1, c));
      }
    }
    expect_same(stream, damaged);
  }
}

TEST(JsonRepeat, ReadsEveryNumberAsTheParserDoes) {
  std::vector<std::string> records;
  std::mt19937_64 random(3);
  for (const char* const number : {"0",
                                   "-0",
                                   "00",
                                   "01",
                                   "-01",
                                   "1.",
                                   ".5",
                                   "-.5",
                                   "1e5",
                                   "1E+5",
                                   "1e",
                                   "1e400",
                                   "-1e400",
                                   "1e-400",
                                   "5e-324",
                                   "2.5e-324",
                                   "+1",
                                   "--1",
                                   "1.5.5",
                                   "1,5",
                                   "0x10",
                                   "NaN",
                                   "Infinity",
                                   "-inf",
                                   "null",
                                   "true",
                                   "false",
                                   "\"1\"",
                                   "[1]",
                                   "{}",
                                   "9007199254740993",
                                   "123456789012345678901234567890123456789",
                                   "0.1000000000000000055511151231257827",
                                   "1.7976931348623157e308",
                                   "1.7976931348623159e308"}) {
    records.push_back(fmt::format(R"({{"a":{},"b":-0.25,"c":12,"y":1}})", number));
    records.push_back(fmt::format(R"({{"a":1,"b":-0.25,"c":12,"y":{}}})", number));
  }
  for (int i = 0; i < 20'000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (std::isfinite(number)) records.push_back(fmt::format(R"({{"a":{},"b":{},"c":12,"y":1}})", number, static_cast<float>(i) / 7));
  }
  expect_same(streams()[0], records);
}

TEST(JsonRepeat, GoesBackToTheParserForRecordsOfAnotherKind) {
  const auto& stream = streams()[0];
  expect_same(stream,
              {R"({"b":1,"a":2,"c":3,"y":0})", R"({"a":1,"b":2,"c":3})", R"({"a":1,"b":2,"c":3,"y":"1"})",
               R"({"a":1,"b":2,"c":3,"y":1,"z":"more"})", R"({"a":1,"a":2,"b":3,"c":4,"y":1})", R"({"\u0061":1,"b":2,"c":3,"y":1})",
               R"({"a":1,"b":2,"c":3,"y":1} )", R"( {"a":1,"b":2,"c":3,"y":1})", R"({"a":1,"b":2,"c":3,"y":1}{})", R"({})", "", "["});
}

// Whatever its records are like, at the next of the usual kind or soon after.
TEST(JsonRepeat, ReadsAStreamThatChangesItsKind) {
  std::mt19937_64 random(11);
  const auto schema = schema_of();
  const std::vector<std::string> features = {"a", "b"};
  const auto used = decoder_of(schema, features);
  for (int i = 0; i < 5'000; ++i) {
    const double a = static_cast<double>(random() % 2000) / 100 - 10;
    const auto kind = (i / 700 + (random() % 50 == 0 ? 1 : 0)) % 4;
    const auto record = kind == 0   ? fmt::format(R"({{"a":{},"b":2,"y":1}})", a)
                        : kind == 1 ? fmt::format(R"({{"b": 2, "a": {}, "y": 0}})", a)
                        : kind == 2 ? fmt::format(R"({{"y":"1","b":2,"a":{}}})", a)
                                    : fmt::format(R"({{"a": {}, "b": 2, "y": 1, "t": 1700000000000}})", a);
    ASSERT_EQ(decoded(*used, record), decoded(*decoder_of(schema, features), record)) << record;
  }
}

TEST(JsonRepeat, DoesNotMistakeAnEscapeForAName) {
  const auto schema = schema_of();
  const std::vector<std::string> features = {R"(a\b)", R"(c"d)", "e"};
  const std::string plain = R"({"a\\b":1,"c\"d":2,"e":3,"y":1})";
  const std::string other = R"({"a\b":1,"c\"d":2,"e":3,"y":1})";  // A backspace.
  const auto used = decoder_of(schema, features);
  const auto expected = decoded(*used, plain);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(decoded(*used, plain), expected);
  EXPECT_THAT(expected, ::testing::StartsWith("3ff0000000000000 4000000000000000 4008000000000000 "));
  EXPECT_THAT(decoded(*used, other), ::testing::HasSubstr("is missing"));
}

}  // namespace
}  // namespace rekindle
