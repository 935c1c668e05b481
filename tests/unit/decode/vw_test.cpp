#include "connectors/decode/vw.hpp"

#include <gmock/gmock.h>

#include <random>

#include "data/hashing.hpp"
#include "support/decoding.hpp"

namespace rekindle {
namespace {

using test::Record;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Schema schema_of(Task task = Task::binary) {
  Schema schema;
  schema.task = task;
  schema.label = "y";
  return schema;
}

struct Feature {
  std::string space;
  std::string name;
  double value = 1;
};

std::uint32_t hash_of(const Feature& one) { return feature_hash(one.name, feature_hash(one.space, 0)); }

// As `decoded` shows them.
std::string shown(std::vector<SparseEntry> entries) {
  EXPECT_TRUE(put_in_order(entries));
  std::string out;
  for (const auto& one : entries) out += fmt::format(" {}:{}", one.index, one.value);
  return out;
}

std::string features(const std::vector<Feature>& all) {
  std::vector<SparseEntry> entries;
  for (const auto& one : all) entries.push_back({coordinate_of(hash_of(one), 18), one.value});
  return shown(entries);
}

std::string decoded(const std::string& line, const Schema& schema = schema_of(), const DecoderOptions& options = {}) {
  const auto decoder = make_vw_decoder(schema, options);
  decoder->set_layout({});
  return test::decoded(*decoder, Record(line));
}

TEST(VwDecoder, ReadsLabelImportanceTagAndFeatures) {
  const auto f = [](std::vector<Feature> all) { return features(all); };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"1 | a b:2", "1 |" + f({{"", "a"}, {"", "b", 2}})},
      {"-1 |f a:0.5", "-1 |" + f({{"f", "a", 0.5}})},
      {"0 2.5 'tag|f a:1e-3", "0 |" + f({{"f", "a", 0.001}}) + " | w 2.5 | id tag"},
      {"1 'tag | a", "1 |" + f({{"", "a"}}) + " | id tag"},
      {"1 0.5 tag| a", "1 |" + f({{"", "a"}}) + " | w 0.5 | id tag"},
      {"| a", "? |" + f({{"", "a"}})},
      {"  | a", "? |" + f({{"", "a"}})},
      {"'tag| a", "? |" + f({{"", "a"}}) + " | id tag"},
      {"1 |", "1 |"},
      {"1 |f", "1 |"},
      {"+1 |f 123:4 |g 123:5", "1 |" + f({{"f", "123", 4}, {"g", "123", 5}})},
      {"1 |f:2 a:3 b", "1 |" + f({{"f", "a", 6}, {"f", "b", 2}})},
      {"1 |f a:1 a:2", "1 |" + f({{"f", "a", 3}})},
      {"1 |f\ta:1\t b:2 \r\n", "1 |" + f({{"f", "a", 1}, {"f", "b", 2}})},
      {"1 | a:0", "1 |" + f({{"", "a", 0}})},
      {"1 | país:1", "1 |" + f({{"", "país", 1}})},
  };
  for (const auto& [line, expected] : table) EXPECT_EQ(decoded(line), " | " + expected) << line;
}

TEST(VwDecoder, NumbersFeaturesWithoutAName) {
  const auto space = feature_hash("f", 0);
  EXPECT_EQ(decoded("1 |f :2 :3"), " | 1 |" + shown({{coordinate_of(space, 18), 2}, {coordinate_of(space + 1, 18), 3}}));
}

TEST(VwDecoder, TakesNamesOfClassesAndNumbersOfThem) {
  EXPECT_THAT(decoded("yes | a", schema_of(Task::binary)), StartsWith(" | 'yes' |"));
  EXPECT_THAT(decoded("3 | a", schema_of(Task::multiclass)), StartsWith(" | 3 |"));
  EXPECT_THAT(decoded("-12.5e1 | a", schema_of(Task::regression)), StartsWith(" | -125 |"));
}

TEST(VwDecoder, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "undecodable: the record has no value"},
      {"1 a b", "undecodable: no | before the features"},
      {"1 2 0.5 'tag| a", "undecodable: more than label, importance and 'tag before the first |"},
      {"1 'x y| a", "wrong_type of importance: importance: expected a number, got text"},
      {"1 x | a", "wrong_type of importance: importance: expected a number, got text"},
      {"1 | price:abc", "wrong_type of price: price: expected a number, got text"},
      {"1 | price:", "wrong_type of price: price: expected a number, got text"},
      {"1 | price:1:2", "wrong_type of price"},
      {"1 | price:1e999", "non_finite of price: price is not a finite number"},
      {"1 | price:nan", "non_finite of price: price is not a finite number"},
      {"1 |f:x a", "wrong_type of f: f: expected a number, got text"},
      {"1 |f:1e200 a:1e200", "non_finite: the value of a feature is not a finite number"},
      {"1 | a\n1 | b", "undecodable: a line break inside the record"},
      {std::string("\0\0\xff\xfe", 4), "undecodable: no |"},
  };
  for (const auto& [line, expected] : table) EXPECT_THAT(decoded(line), StartsWith(expected)) << line;
  EXPECT_THAT(decoded("good | a", schema_of(Task::regression)), StartsWith("wrong_type of y: y: expected a number"));
}

TEST(VwDecoder, PairsNamespacesByTheirFirstLetters) {
  DecoderOptions options;
  options.interactions = {"ab"};
  const Feature a1{"alpha", "x", 2};
  const Feature a2{"a", "y", 3};
  const Feature b{"b", "z", 5};
  std::vector<SparseEntry> entries;
  for (const auto& one : {a1, a2, b}) entries.push_back({coordinate_of(hash_of(one), 18), one.value});
  entries.push_back({coordinate_of(interaction_hash(hash_of(a1), hash_of(b)), 18), 10});
  entries.push_back({coordinate_of(interaction_hash(hash_of(a2), hash_of(b)), 18), 15});
  EXPECT_EQ(decoded("1 |alpha x:2 |a y:3 |b z:5", schema_of(), options), " | 1 |" + shown(entries));
  options.interactions = {"bb"};
  EXPECT_EQ(decoded("1 |b z:5", schema_of(), options),
            " | 1 |" + shown({{coordinate_of(hash_of(b), 18), 5}, {coordinate_of(interaction_hash(hash_of(b), hash_of(b)), 18), 25}}));
}

TEST(VwDecoder, TakesOnlyTheFeaturesThatAreListed) {
  auto schema = schema_of();
  schema.features = {"a", "g^c"};
  EXPECT_EQ(decoded("1 |f a:1 b:2 c:3 |g c:4", schema), " | 1 |" + features({{"f", "a", 1}, {"g", "c", 4}}));
}

TEST(VwDecoder, RefusesMoreThanItsBounds) {
  DecoderOptions options;
  options.max_record_bytes = 10;
  EXPECT_THAT(decoded("1 | abcdefghij", schema_of(), options), StartsWith("too_large"));
  options = {};
  options.interactions = {"aa"};
  std::string line = "1 |a";
  for (int i = 0; i < 3000; ++i) line += fmt::format(" {}", i);
  EXPECT_THAT(decoded(line, schema_of(), options), StartsWith("too_large: more than 1000000 features"));
}

TEST(VwDecoder, HasNoDenseFeatures) {
  const auto decoder = make_vw_decoder(schema_of(), {});
  EXPECT_EQ(test::discovered(*decoder, Record("1 | a")), "");
  EXPECT_THAT(test::discovered(*decoder, Record("1 a")), HasSubstr("no |"));
}

TEST(VwDecoder, LeavesNothingOfTheRecordBefore) {
  const auto decoder = make_vw_decoder(schema_of(), {});
  Sample sample;
  Rejection why;
  const Record full("1 3 'tag| a b c");
  const Record empty("|");
  ASSERT_TRUE(decoder->decode(full.raw, sample, why));
  ASSERT_TRUE(decoder->decode(empty.raw, sample, why));
  EXPECT_TRUE(sample.sparse.empty());
  EXPECT_EQ(sample.label.kind, Label::Kind::absent);
  EXPECT_EQ(sample.weight, 1);
  EXPECT_EQ(sample.id, "");
}

// One decoder for all lines, beside a new one for each.
void expect_no_memory_of_others(const std::vector<std::string>& lines, const DecoderOptions& options = {}) {
  const auto decoder = make_vw_decoder(schema_of(), options);
  for (const auto& line : lines) EXPECT_EQ(test::decoded(*decoder, Record(line)), decoded(line, schema_of(), options)) << line;
}

TEST(VwDecoder, ReadsEveryRecordAsIfItWereTheFirst) {
  expect_no_memory_of_others({"1 | a:1 b:2 c:3", "1 | a:4 b:5 c:6", "0 | a:1 c:2 b:3", "1 | a:1 bb:2 c:3", "1 | a:1 b c:3",
                              "1 | a:1 b: c:3", "1 | a:1 b:x c:3", "1 | a:1  b:2\tc:3 ", "1 | a:1 b:-2.5 c:.5", "1 | a:1 b:1e3 c:1.",
                              "1 | a", "1 | a:1"});
  expect_no_memory_of_others({"1 |f a:1 b:2 |g a:3", "1 |g a:1 b:2 |f a:3", "1 | a:1 b:2 |f a:3", "1 |f:2 a:1 b:2 |g:0.5 a:3",
                              "1 |f a:1 b:2|g a:3", "1 |f :1 a:2", "1 |f :1 a:2 :3 b:4", "1 |f a:2 :1 :3"});
  const std::string fifteen(15, 'n');
  const std::string sixteen(16, 'n');
  for (const auto& name : {fifteen, sixteen, fifteen + ":", std::string(40, 'n')})
    expect_no_memory_of_others(
        {"1 | " + name + ":1 b:2", "1 | " + name + ":3 b:4", "1 | " + name + "n:3 b:4", "1 | " + name + ":1234567890.25 b"});
  DecoderOptions pairs;
  pairs.interactions = {"fg"};
  expect_no_memory_of_others({"1 |f a:1 |g b:2", "1 |f a:3 |g b:4"}, pairs);
}

TEST(VwDecoder, ReadsManyRecordsAsIfEachWereTheFirst) {
  std::mt19937_64 random(7);
  const std::vector<std::string> names = {"a", "b", "price", "price_eur", "x10", "x1", "10", "a_rather_long_name_of_a_feature"};
  const std::vector<std::string> values = {
      "1", "-1", "0.25", "-0.0768635", "12345.678901", "1e-3", "123456789012345678", "0.1234567890123456789", "7."};
  std::vector<std::string> lines;
  for (int i = 0; i < 2000; ++i) {
    const bool usual = random() % 4 != 0;
    std::string line = "1 |";
    for (std::size_t k = 0; k < 8; ++k) {
      line += ' ' + names[usual ? k : random() % names.size()];
      if (usual || random() % 8 != 0) line += ':' + values[random() % values.size()];
      if (random() % 64 == 0) line += " |g";
    }
    lines.push_back(line);
  }
  expect_no_memory_of_others(lines);
}

}  // namespace
}  // namespace rekindle
