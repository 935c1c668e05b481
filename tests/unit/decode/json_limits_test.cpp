#include <gmock/gmock.h>

#include "connectors/decode/json.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

using test::Record;

TEST(Json, TheNumberOfFieldsHasALimit) {
  std::string json = "{\"y\":1,\"a\":1";
  for (int i = 0; i < 1'000'000; ++i) json += ",\"b\":1";
  DecoderOptions options;
  options.max_record_bytes = json.size() + 1;
  Schema schema;
  schema.label = "y";
  const auto decoder = make_json_decoder(schema, options);
  decoder->set_layout({"a"});
  EXPECT_EQ(test::decoded(*decoder, Record(json + "}")), "too_large: more than 1000000 fields in an object");
}

TEST(Json, BehindAFrameOfARegistry) {
  DecoderOptions options;
  options.framed = true;
  Schema schema;
  schema.label = "y";
  const auto decoder = make_json_decoder(schema, options);
  const std::string frame("\0\0\0\1\7", 5);
  EXPECT_EQ(test::discovered(*decoder, Record(frame + R"({"a":2,"y":1})")), "a");
  decoder->set_layout({"a"});
  EXPECT_EQ(test::decoded(*decoder, Record(frame + R"({"a":2,"y":1})")), "2 | 1");
  const auto* const none = "undecodable: it does not begin with a byte 0 and a schema's id: it was not written with a schema registry";
  EXPECT_EQ(test::decoded(*decoder, Record(R"({"a":2,"y":1})")), none);
  EXPECT_EQ(test::decoded(*decoder, Record(frame.substr(0, 4))), none);
  EXPECT_EQ(test::decoded(*decoder, Record("")), "undecodable: the record has no value");
}

}  // namespace
}  // namespace rekindle
