// Labels in a file of their own, as `generate` writes them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class LateFiles : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "rekindle.toml",
               "[source]\ntype = \"file\"\npath = \"none.jsonl\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\nid = \"id\"\nlabels_topic = "
               "\"late\"\n");
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void generate(const Arguments& what, const std::string& to) const {
    Arguments all = {"generate", "sea", "seed=5"};
    all.insert(all.end(), what.begin(), what.end());
    all.insert(all.end(), {"--samples", "4000", "--to", path(to)});
    const auto done = rekindle(all);
    ASSERT_EQ(done.status.code, 0) << done.err;
  }
  [[nodiscard]] json::value replay(const std::string& from, const Arguments& more = {}) const {
    return replay_json({folder_ / "rekindle.toml", folder_ / "state"}, path(from), more);
  }

  TemporaryFolder folder_;
};

TEST_F(LateFiles, AreJoinedInTheOrderThatTheGeneratorMeant) {
  generate({"label_delay=1"}, "soon.jsonl");
  generate({"label_delay=500"}, "late.jsonl");
  generate({}, "with.jsonl");
  const auto with = replay("with.jsonl");
  const auto soon = replay("soon.jsonl");
  const auto late = replay("late.jsonl");
  for (const auto& one : {soon, late}) {
    EXPECT_EQ(whole_at(one, "/samples"), 4000);
    EXPECT_EQ(whole_at(one, "/learned"), 4000);
    EXPECT_EQ(whole_at(one, "/late_labels/matched"), 4000);
    EXPECT_EQ(whole_at(one, "/late_labels/waiting"), 0);
  }
  EXPECT_EQ(number_at(soon, "/metrics/loss"), number_at(with, "/metrics/loss")) << "the label comes before the next sample";
  EXPECT_LT(number_at(late, "/metrics/accuracy"), number_at(with, "/metrics/accuracy")) << "500 were predicted by a new model";
  EXPECT_EQ(text_at(late, "/state_hash"), text_at(replay("late.jsonl"), "/state_hash"));
  EXPECT_NE(text_at(late, "/state_hash"), text_at(soon, "/state_hash"));
}

TEST_F(LateFiles, AreTheSameInCsvAndPacked) {
  generate({"label_delay=70"}, "late.jsonl");
  generate({"label_delay=70"}, "late.csv");
  const auto json = replay("late.jsonl");
  const auto csv = replay("late.csv", {"--set", "source.format=csv"});
  EXPECT_EQ(text_at(csv, "/state_hash"), text_at(json, "/state_hash"));
  const auto named = replay("late.jsonl", {"--set", "source.labels_path=" + path("late.labels.jsonl")});
  EXPECT_EQ(text_at(named, "/state_hash"), text_at(json, "/state_hash"));
}

// By event time, an hour: what comes after that is late.
TEST_F(LateFiles, GoByEventTimeWhereTheSchemaNamesIt) {
  write_lines(folder_ / "t.jsonl", {R"({"id":"a","x":1,"y":null,"ts":0})", R"({"id":"b","x":2,"y":null,"ts":1000})",
                                    R"({"id":"c","x":2,"y":null,"ts":9000000})"});
  write_lines(folder_ / "t.labels.jsonl",
              {R"({"id":"b","y":1,"ts":500})", R"({"id":"a","y":0,"ts":3600000})", R"({"id":"c","y":0,"ts":9000001})",
               R"({"id":"c","y":0,"ts":9000002})", R"({"id":"d","y":0,"ts":9000002})"});
  const auto done = replay("t.jsonl", {"--set", "schema.time=ts"});
  EXPECT_EQ(whole_at(done, "/learned"), 3);
  EXPECT_EQ(whole_at(done, "/late_labels/matched"), 3);
  EXPECT_EQ(whole_at(done, "/late_labels/duplicate"), 1);
  EXPECT_EQ(whole_at(done, "/late_labels/early"), 1);
  const auto strict = replay("t.jsonl", {"--set", "schema.time=ts", "--set", "schema.label_timeout=10s"});
  EXPECT_EQ(whole_at(strict, "/learned"), 2);
  EXPECT_EQ(whole_at(strict, "/late_labels/timed_out"), 1);
  const auto negative = replay("t.jsonl", {"--set", "schema.time=ts", "--set", "schema.label_timeout=10s", "--set",
                                           "schema.on_label_timeout=\"0\"", "--set", "schema.classes=2"});
  EXPECT_EQ(whole_at(negative, "/learned"), 3);
  EXPECT_EQ(whole_at(negative, "/late_labels/late"), 1) << "the label came with the very moment";
}

TEST_F(LateFiles, CompareGivesTheLabelsToEachContestant) {
  generate({"label_delay=100"}, "late.jsonl");
  const auto done = rekindle({"compare", "-c", path("rekindle.toml"), "--from", path("late.jsonl"), "--json"});
  ASSERT_EQ(done.status.code, 0) << done.err;
  const auto rows = json::parse(done.out);
  const auto loss = number_at(replay("late.jsonl"), "/metrics/loss");
  bool found = false;
  for (const auto& row : rows.as_array()) found = found || number_at(row, "/loss") == loss;
  EXPECT_TRUE(found) << done.out;
}

}  // namespace
}  // namespace rekindle::system_test
