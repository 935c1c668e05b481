// The same samples in every form of a record, from bytes to what was learned.
#include <gmock/gmock.h>

#include "app/decode_ahead.hpp"
#include "app/session.hpp"
#include "app/toml.hpp"
#include "connectors/file/line_source.hpp"
#include "connectors/generate/streams.hpp"
#include "support/learners.hpp"
#include "support/temporary_file.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t count = 1500;
const std::string header = "a,b,c,y";

Configuration configuration(const std::string& format, const std::string& more) {
  Diagnostics diagnostics;
  const auto text =
      fmt::format("[source]\ntype = \"file\"\npath = \"-\"\nformat = \"{}\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n{}", format, more);
  auto out = check_configuration(read_toml_text(text, "r.toml", diagnostics), "r.toml", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return out;
}

// One sample in one form; `text` has "{0} {1} {2} {3}" for a, b, c, y.
std::vector<std::string> written(const std::string& form) {
  LogisticStream stream({.seed = 2, .features = 3, .noise = 0.1, .drifts = {700}, .changed = {}, .flip = true});
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    stream.next();
    const auto& x = stream.values();
    const double b = i % 3 == 0 ? 0 : x[1];
    out.push_back(fmt::format(fmt::runtime(form), x[0], b, x[2], stream.label()));
  }
  return out;
}

void take_all(Session& session, const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    const auto padded = line + std::string(payload_padding, ' ');
    RawRecord record;
    record.payload = std::string_view(padded).substr(0, line.size());
    record.column_names = header;
    const auto taken = session.take(record);
    ASSERT_TRUE(taken && *taken) << session.rejection().detail;
  }
}

double loss(const std::string& format, const std::string& form, const std::string& more) {
  Session session(configuration(format, more));
  take_all(session, written(form));
  return session.learner() == nullptr ? -1 : test::metric(*session.learner(), "log_loss");
}

TEST(EveryFormat, GivesTheSameLossWhereTheRepresentationIsTheSame) {
  for (const auto& row : optimizers()) {
    SCOPED_TRACE(row.name);
    const auto more = fmt::format(
        "[preprocess]\nscale = \"none\"\n[model]\nprecision = \"float64\"\n[optimizer]\ntype = \"{}\"\n[schedule]\ntype = \"constant\"\n",
        row.name);
    const auto expected = loss("csv", "{0},{1},{2},{3}", more);
    EXPECT_GT(expected, 0);
    EXPECT_NEAR(loss("json", R"({{"a":{0},"b":{1},"c":{2},"y":{3}}})", more), expected, 1e-9);
    EXPECT_NEAR(loss("vw", "{3} |f a:{0} b:{1} c:{2}", more), expected, 1e-9);
    EXPECT_NEAR(loss("vw", "{3} 1 'tag | b:{1} |n c:{2} a:{0}", more), expected, 1e-9);
    EXPECT_NEAR(loss("libsvm", "{3} 1:{0} 2:{1} 3:{2}", more), expected, 1e-9);
  }
}

TEST(EveryFormat, LearnsTheSameFromRecordsDecodedAhead) {
  const std::string categories = "categorical = [\"c\", \"b\"]\nfeatures = [\"a\"]\n";
  const std::vector<std::tuple<std::string, std::string, std::string>> table = {
      {"vw", "{3} 'key{0}| a:{0} b:{1} |c {2}", ""},
      {"libsvm", "{3} 1:{0} 2:{1}", ""},
      {"json", R"({{"a":{0},"b":{1},"c":"va\"l{2}","y":{3}}})", categories},
  };
  for (const auto& [format, form, more] : table) {
    SCOPED_TRACE(format);
    const auto lines = written(form);
    Session plain(configuration(format, more));
    take_all(plain, lines);
    const test::TemporaryFile file(fmt::format("{}\n", fmt::join(lines, "\n")));
    Session ahead(configuration(format, more));
    take_all(ahead, {lines[0]});
    const auto source = make_line_source(file.path());
    Position position;
    position.set(file.name(), 0, 1);
    ASSERT_TRUE(source->open(position));
    const auto beside = ahead.another_decoder();
    DecodeAhead decoding(*source, ahead.decoder(), *beside);
    for (bool at_end = false; !at_end;) {
      const auto& batch = decoding.next();
      ASSERT_TRUE(batch.status);
      at_end = batch.at_end;
      for (std::size_t i = 0; i < batch.size; ++i) (void)ahead.take(batch.records[i]);
    }
    EXPECT_EQ(ahead.learner()->counters().samples, count);
    EXPECT_EQ(ahead.learner()->state_hash(), plain.learner()->state_hash());
  }
}

std::string rejected(Session& session, const std::string& line) {
  const auto padded = line + std::string(payload_padding, ' ');
  RawRecord record;
  record.payload = std::string_view(padded).substr(0, line.size());
  record.column_names = header;
  const auto taken = session.take(record);
  EXPECT_TRUE(taken) << taken.error().message;
  return *taken ? "" : fmt::format("{}: {}", to_string(session.rejection().reason), session.rejection().detail);
}

TEST(Categories, ComeFromCsvAndJsonAlike) {
  const std::string more = "features = [\"b\"]\ncategorical = [\"a\", \"c\"]\n[preprocess]\ninteractions = [\"a*c\"]\n";
  Session csv(configuration("csv", more));
  Session json(configuration("json", more));
  const std::vector<std::pair<std::string, std::string>> same = {
      {"red,1,7,1", R"({"a":"red","b":1,"c":7,"y":1})"},
      {"\"a \"\"b\"\"\",2,true,0", R"({"c":true,"b":2,"a":"a \"b\"","y":0})"},
      {"red,3,1.50,1", R"({"a":"red","b":3,"c":1.50,"y":1})"},
  };
  for (const auto& [line, object] : same) {
    EXPECT_EQ(rejected(csv, line), "");
    EXPECT_EQ(rejected(json, object), "");
  }
  EXPECT_EQ(csv.learner()->state_hash(), json.learner()->state_hash());
  EXPECT_THAT(csv.learner()->categories().names(),
              ElementsAre("a=red", "c=7", "a*c=red*7", "a=a \"b\"", "c=true", "a*c=a \"b\"*true", "c=1.50", "a*c=red*1.50"));
  EXPECT_EQ(test::weights_of(*csv.learner()).size(), 1 + 8 + 1U);
}

TEST(Categories, ThatAreMissingAreRejectedOrHaveNoCoordinate) {
  Session strict(configuration("json", "categorical = [\"a\"]\n"));
  EXPECT_EQ(rejected(strict, R"({"b":1,"y":1})"), "missing_field: field \"a\" is missing; did you mean \"b\"? (the record has b, y)");
  EXPECT_EQ(rejected(strict, R"({"a":"x","b":1,"y":1})"), "");
  EXPECT_EQ(rejected(strict, R"({"a":null,"b":1,"y":1})"), "missing_field: field \"a\" is null");
  EXPECT_EQ(rejected(strict, R"({"a":"","b":1,"y":1})"), "missing_field: field \"a\" is empty");
  EXPECT_EQ(rejected(strict, R"({"b":1,"y":1})"), "missing_field: field \"a\" is missing");
  EXPECT_EQ(rejected(strict, R"({"a":[1],"b":1,"y":1})"), "wrong_type: field \"a\": expected a text, a number or a boolean");
  EXPECT_EQ(rejected(strict, R"({"a":")" + std::string(257, 'x') + R"(","b":1,"y":1})"),
            "too_large: field \"a\": a category of 257 bytes, at most 256 are taken");
  Session lenient(configuration("csv", "features = [\"b\"]\ncategorical = [\"a\"]\nmissing = { a = \"zero\" }\n"));
  EXPECT_EQ(rejected(lenient, ",1,2,1"), "");
  EXPECT_EQ(rejected(lenient, "x,,2,1"), "missing_field: field \"b\" is empty");
  EXPECT_THAT(lenient.learner()->categories().names(), ElementsAre());
}

TEST(MissingValues, HaveAPolicyForEachField) {
  for (const auto* format : {"csv", "json"}) {
    SCOPED_TRACE(format);
    const bool csv = std::string_view(format) == "csv";
    Session session(configuration(format,
                                  "features = [\"a\", \"b\", \"c\"]\nmissing = { default = \"reject\", b = \"mean\", c = \"zero\" "
                                  "}\n[preprocess]\nscale = \"none\"\n"));
    EXPECT_EQ(rejected(session, csv ? "1,2,3,1" : R"({"a":1,"b":2,"c":3,"y":1})"), "");
    EXPECT_EQ(rejected(session, csv ? "1,4,,1" : R"({"a":1,"b":4,"c":null,"y":1})"), "");
    EXPECT_EQ(rejected(session, csv ? "1,,5,1" : R"({"a":1,"c":5,"y":1})"), "");
    EXPECT_THAT(rejected(session, csv ? ",1,5,1" : R"({"a":null,"b":1,"c":5,"y":1})"), ::testing::StartsWith("missing_field: field \"a\""));
    EXPECT_EQ(session.learner()->scaler().means()[1], 3);
  }
}

}  // namespace
}  // namespace rekindle
