#include "connectors/decode/libsvm.hpp"

#include <gmock/gmock.h>

#include "support/decoding.hpp"

namespace rekindle {
namespace {

using test::Record;
using ::testing::StartsWith;

Schema schema_of(Task task = Task::binary) {
  Schema schema;
  schema.task = task;
  schema.label = "y";
  return schema;
}

std::string decoded(const std::string& line, const Schema& schema = schema_of(), const DecoderOptions& options = {}) {
  const auto decoder = make_libsvm_decoder(schema, options);
  decoder->set_layout({});
  return test::decoded(*decoder, Record(line));
}

TEST(LibsvmDecoder, ReadsLabelAndFeatures) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"1 1:0.5 3:2", "1 | 1:0.5 3:2"},
      {"+1 0:1", "1 | 0:1"},
      {"-1 7:-1e-2 2:3", "-1 | 2:3 7:-0.01"},
      {"0", "0 |"},
      {"1 # nothing", "1 |"},
      {"1 2:3 # 4:5", "1 | 2:3"},
      {"1 2:3\t5:0 \r\n", "1 | 2:3 5:0"},
      {"1 2:3 2:4", "1 | 2:7"},
      {"3:1 4:2", "? | 3:1 4:2"},
      {"spam 3:1", "'spam' | 3:1"},
      {"1 262145:2", "1 | 1:2"},
      {"1 18446744073709551615:1", "1 | 262143:1"},
  };
  for (const auto& [line, expected] : table) EXPECT_EQ(decoded(line), " | " + expected) << line;
  EXPECT_EQ(decoded("-2.5 1:1", schema_of(Task::regression)), " | -2.5 | 1:1");
}

TEST(LibsvmDecoder, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "undecodable: the record has no value"},
      {"  ", "undecodable: no sample on this line"},
      {"# only a comment", "undecodable: no sample on this line"},
      {"1 a:1", "undecodable: expected index:value with an integer as the index, got \"a:1\""},
      {"1 -1:1", "undecodable: expected index:value"},
      {"1 1.5:1", "undecodable: expected index:value"},
      {"1 :1", "undecodable: expected index:value"},
      {"1 2", "undecodable: expected index:value"},
      {"1 99999999999999999999:1", "undecodable: expected index:value"},
      {"1 2:", "wrong_type of 2: 2: expected a number, got text"},
      {"1 2:x", "wrong_type of 2: 2: expected a number, got text"},
      {"1 2:inf", "non_finite of 2: 2 is not a finite number"},
      {"1 2:1e308 2:1e308", "non_finite: the value of a feature"},
      {"1 2:1\n1 2:1", "undecodable: a line break inside the record"},
  };
  for (const auto& [line, expected] : table) EXPECT_THAT(decoded(line), StartsWith(expected)) << line;
  EXPECT_THAT(decoded("good 1:1", schema_of(Task::regression)), StartsWith("wrong_type of y"));
  DecoderOptions options;
  options.max_record_bytes = 5;
  EXPECT_THAT(decoded("1 2:333", schema_of(), options), StartsWith("too_large"));
}

TEST(LibsvmDecoder, TakesOnlyTheIndexesThatAreListed) {
  auto schema = schema_of();
  schema.features = {"2", "10"};
  EXPECT_EQ(decoded("1 1:1 2:2 3:3 10:10", schema), " | 1 | 2:2 10:10");
}

}  // namespace
}  // namespace rekindle
