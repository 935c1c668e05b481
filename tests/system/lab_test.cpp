// compare and lr-find, as a user types them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <set>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CommandLineLab : public testing::Test {
 protected:
  void SetUp() override {
    deployment_ = write_configuration(folder_.path(), "localhost:1", "samples");
    recording_ = (folder_ / "samples.jsonl").string();
    write_lines(recording_, drifting_stream(6000));
  }
  [[nodiscard]] Outcome run_lab(const std::string& command, const Arguments& more) const {
    return run(command_line(command, deployment_, more));
  }
  TemporaryFolder folder_;
  Deployment deployment_;
  std::string recording_;
};

TEST_F(CommandLineLab, CompareRanksTheSweptConfigurationsWithTheirRivals) {
  const auto done = run_lab("compare", {"--from", recording_, "--sweep", "drift.policy=none,restart", "--json"});
  ASSERT_EQ(done.status.code, 0) << done.err;
  const auto rows = boost::json::parse(done.out).as_array();
  ASSERT_EQ(rows.size(), 15U);
  double last = 0;
  std::set<std::string> names;
  for (const auto& row : rows) {
    EXPECT_GE(number_at(row, "/loss"), last);
    last = number_at(row, "/loss");
    EXPECT_NEAR(number_at(row, "/difference"), last - number_at(rows[0], "/loss"), 1e-12);
    names.insert(text_at(row, "/config"));
  }
  const auto file = deployment_.configuration.string();
  EXPECT_TRUE(names.contains(file + " drift.policy=none"));
  EXPECT_TRUE(names.contains("no response"));
  EXPECT_TRUE(names.contains("constant lr=1"));
  const auto alone = replay_json(deployment_.with({"drift.policy=restart"}), recording_);
  for (const auto& row : rows) {
    if (text_at(row, "/config") != file + " drift.policy=restart") continue;
    EXPECT_EQ(number_at(row, "/loss"), number_at(alone, "/metrics/loss"));
    EXPECT_EQ(whole_at(row, "/restarts"), whole_at(alone, "/restarts"));
  }
  EXPECT_THAT(run_lab("compare", {"--from", recording_}).out, HasSubstr("constant lr=0.0001"));
}

TEST_F(CommandLineLab, CompareTellsHowIncidentsHoldUpAgainstThePlannedDrifts) {
  const auto truth = (folder_ / "truth.csv").string();
  write_file(truth, "sample,kind,width,concept\n3000,abrupt,0,1\n6000,abrupt,0,2\n");
  const auto done = run_lab("compare", {"--from", recording_, "--truth", truth, "--json"});
  ASSERT_EQ(done.status.code, 0) << done.err;
  const auto rows = boost::json::parse(done.out).as_array();
  for (const auto& row : rows) {
    const auto& score = row.at("truth");
    EXPECT_EQ(whole_at(score, "/detected") + whole_at(score, "/missed"), whole_at(score, "/drifts"));
    EXPECT_EQ(whole_at(score, "/detected") + whole_at(score, "/false_alarms"), whole_at(row, "/incidents"));
  }
  EXPECT_THAT(run_lab("compare", {"--from", recording_, "--truth", truth}).out, AllOf(HasSubstr("false alarms"), HasSubstr("never")));
}

TEST_F(CommandLineLab, CompareSaysThatThereIsNothingToRankByWithoutLabels) {
  const auto done = run_lab("compare", {"--from", recording_, "--set", "schema.label=why", "--set", "output.predictions=p"});
  EXPECT_EQ(done.status.code, 65) << done.out;
  EXPECT_THAT(done.err, HasSubstr("why"));
}

TEST_F(CommandLineLab, ReplayKeepsToTheEventTimesWhenAskedTo) {
  std::vector<std::string> lines;
  for (int i = 0; i < 11; ++i) lines.push_back(fmt::format(R"({{"x":{},"y":{},"ts":{}}})", i, i % 2, 1'700'000'000'000 + i * 400));
  const auto recording = (folder_ / "timed.jsonl").string();
  write_lines(recording, lines);
  const auto configuration = (folder_ / "timed.toml").string();
  write_file(configuration,
             "[source]\ntype = \"file\"\npath = \"timed.jsonl\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\ntime = \"ts\"\n");
  const auto timed = [&](const Arguments& more) {
    Arguments arguments = {"replay", "-c", configuration, "--from", recording, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = rekindle(arguments);
    EXPECT_EQ(done.status.code, 0) << done.err;
    return boost::json::parse(done.out);
  };
  const auto at_speed = timed({"--speed", "4x"});
  EXPECT_GE(number_at(at_speed, "/seconds"), 0.99) << "four seconds of event time";
  EXPECT_EQ(text_at(at_speed, "/state_hash"), text_at(timed({}), "/state_hash"));
  EXPECT_EQ(rekindle({"replay", "-c", configuration, "--from", recording, "--speed", "fast"}).status.code, 2);
  EXPECT_THAT(run_lab("replay", {"--from", recording_, "--speed", "2"}).err, HasSubstr("no event time"));
}

TEST_F(CommandLineLab, CompareRefusesConfigurationsThatReadRecordsDifferently) {
  const auto done = run_lab("compare", {"--from", recording_, "--sweep", "schema.missing=zero,reject"});
  EXPECT_EQ(done.status.code, 78);
  EXPECT_THAT(done.err, HasSubstr("differ in [schema]"));
  EXPECT_EQ(run_lab("compare", {"--from", recording_, "--sweep", "nonsense"}).status.code, 2);
}

TEST_F(CommandLineLab, LrFindSuggestsARateAndChangesNothingItStartsFrom) {
  const auto state = (folder_ / "saved").string();
  ASSERT_EQ(run_lab("replay", {"--from", recording_, "--samples", "3000", "--checkpoint", state}).status.code, 0);
  const auto before = inspect_json(state);
  const auto done = run_lab("lr-find", {"--from", recording_, "--offset", "3000", "--state", state, "--json"});
  ASSERT_EQ(done.status.code, 0) << done.err;
  const auto found = boost::json::parse(done.out);
  EXPECT_GE(found.at("curve").as_array().size(), 50U);
  EXPECT_EQ(number_at(found, "/min_lr"), 1e-5);
  EXPECT_EQ(inspect_json(state), before);
  const auto fresh = boost::json::parse(run_lab("lr-find", {"--from", recording_, "--json"}).out);
  EXPECT_GT(number_at(fresh, "/suggestion"), 1e-4);
  EXPECT_LT(number_at(fresh, "/suggestion"), 0.5);
  EXPECT_THAT(run_lab("lr-find", {"--from", recording_}).out, HasSubstr("suggestion   lr = "));
}

}  // namespace
}  // namespace rekindle::system_test
