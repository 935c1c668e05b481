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
    EXPECT_EQ(whole_at(score, "/never/missed"), whole_at(score, "/drifts"));
    EXPECT_EQ(whole_at(score, "/every/detected") + whole_at(score, "/every/false_alarms"), 5999 / whole_at(score, "/every/k"));
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

TEST_F(CommandLineLab, AStretchIsTheSameByLinesAndByEventTimes) {
  std::vector<std::string> lines;
  for (int i = 0; i < 2000; ++i) {
    // Every hundredth cannot be decoded, and so has no time.
    lines.push_back(i % 100 == 50 ? "rubbish" : fmt::format(R"({{"x":{},"y":{},"ts":{}}})", i % 7, i % 2, 1'700'000'000'000 + i * 1000));
  }
  const auto recording = (folder_ / "timed.jsonl").string();
  write_lines(recording, lines);
  const auto configuration = (folder_ / "timed.toml").string();
  write_file(configuration,
             "[source]\ntype = \"file\"\npath = \"timed.jsonl\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\nfeatures = [\"x\"]\n"
             "time = \"ts\"\n");
  const auto learned = [&](const Arguments& more) {
    Arguments arguments = {"replay", "-c", configuration, "--from", recording, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = rekindle(arguments);
    EXPECT_EQ(done.status.code, 0) << done.err;
    const auto out = boost::json::parse(done.out);
    return std::pair(whole_at(out, "/samples"), text_at(out, "/state_hash"));
  };
  // 2023-11-14T22:13:20Z and so many seconds are the lines.
  const auto by_lines = learned({"--offset", "1000", "--samples", "500"});
  EXPECT_EQ(by_lines.first, 500);
  EXPECT_EQ(learned({"--offset", "1000", "--until", "1500"}), by_lines);
  EXPECT_EQ(learned({"--offset", "2023-11-14T22:30:00Z", "--until", "2023-11-14T22:38:20Z"}), by_lines);
  EXPECT_EQ(learned({"--offset", "1000", "--until", "2023-11-14T23:38:20+01:00"}), by_lines);
  EXPECT_EQ(learned({"--until", "2023-11-14T22:13:23Z"}).first, 3) << "before the features are known";
  const Arguments replay = {"replay", "-c", configuration, "--from", recording};
  const auto refused = [&](const Arguments& more, int code) {
    auto arguments = replay;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = rekindle(arguments);
    EXPECT_EQ(done.status.code, code) << done.out;
    return done.err;
  };
  EXPECT_THAT(refused({"--offset", "yesterday"}, 2), HasSubstr("--offset wants a line, from 0, or a time such as"));
  EXPECT_THAT(refused({"--offset", "10", "--until", "10"}, 2), HasSubstr("--until 10 is not behind --offset 10"));
  EXPECT_THAT(refused({"--offset", "2030-01-01T00:00:00Z"}, 65), HasSubstr("nothing to learn from"));
  EXPECT_THAT(refused({"--journal", folder_.path().string(), "--samples", "3"}, 2), HasSubstr("--journal is followed as a whole"));
  EXPECT_THAT(run_lab("replay", {"--from", recording_, "--until", "2030-01-01T00:00:00Z"}).err, HasSubstr("no event time"));
}

TEST_F(CommandLineLab, ReplayGoesOnFromAState) {
  const auto state = (folder_ / "saved").string();
  const auto first = replay_json(deployment_, recording_, {"--samples", "2500", "--checkpoint", state});
  const auto then = replay_json(deployment_, recording_, {"--offset", "2500", "--state", state});
  const auto whole = replay_json(deployment_, recording_);
  EXPECT_NE(text_at(first, "/state_hash"), text_at(whole, "/state_hash"));
  EXPECT_EQ(text_at(then, "/state_hash"), text_at(whole, "/state_hash"));
  const auto next = run_lab("replay", {"--from", recording_, "--offset", "2500", "--state", state, "--set", "schedule.lr=0.02"});
  EXPECT_EQ(next.status.code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("schedule"));
  EXPECT_EQ(run_lab("replay", {"--from", recording_, "--state", (folder_ / "nowhere").string()}).status.code, 74);
}

// What if the policy had been another from there on?
TEST_F(CommandLineLab, CompareFromAStateCountsOnlyWhatCameSince) {
  const auto state = (folder_ / "saved").string();
  const auto first = replay_json(deployment_, recording_, {"--samples", "2500", "--checkpoint", state});
  const auto whole = replay_json(deployment_, recording_);
  const auto done =
      run_lab("compare", {"--from", recording_, "--offset", "2500", "--state", state, "--sweep", "drift.policy=restart,none", "--json"});
  ASSERT_EQ(done.status.code, 0) << done.err;
  const auto rows = boost::json::parse(done.out).as_array();
  const auto since = [](const boost::json::value& all, const boost::json::value& before, const std::string& what) {
    return (6000 * number_at(all, what) - 2500 * number_at(before, what)) / 3500;
  };
  int seen = 0;
  for (const auto& row : rows) {
    const bool as_it_was = text_at(row, "/config").ends_with("drift.policy=restart");
    if (!as_it_was) continue;
    ++seen;
    for (const std::string metric : {"/metrics/loss", "/metrics/accuracy"})
      EXPECT_NEAR(number_at(row, metric), since(whole, first, metric), 1e-9) << metric;
    EXPECT_EQ(whole_at(row, "/restarts"), whole_at(whole, "/restarts") - whole_at(first, "/restarts"));
    EXPECT_EQ(static_cast<std::size_t>(whole_at(row, "/incidents")),
              whole.at("incidents").as_array().size() - first.at("incidents").as_array().size());
    EXPECT_GT(whole_at(row, "/state_bytes"), 1000);
  }
  EXPECT_EQ(seen, 1);
  EXPECT_THAT(run_lab("compare", {"--from", recording_, "--offset", "2500", "--state", state}).out, HasSubstr("3,500 samples"));
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

TEST_F(CommandLineLab, LrFindIsCloseToTheRateThatIsBestInHindsight) {
  for (const auto* stream : {"logistic", "hyperplane", "sea"}) {
    const auto path = (folder_ / (std::string(stream) + ".jsonl")).string();
    ASSERT_EQ(rekindle({"generate", stream, "--samples", "12000", "--to", path}).status.code, 0);
    const Arguments how = {"--from", path, "--set", "optimizer.type=\"rmsprop\"", "--json"};
    const auto suggestion = number_at(boost::json::parse(run_lab("lr-find", how).out), "/suggestion");
    double best = 0;
    const auto ranking = boost::json::parse(run_lab("compare", how).out);  // The best comes first.
    for (const auto& row : ranking.as_array()) {
      const std::string constant = "constant lr=";
      if (best == 0 && text_at(row, "/config").starts_with(constant)) best = std::stod(text_at(row, "/config").substr(constant.size()));
    }
    EXPECT_LT(std::max(suggestion / best, best / suggestion), 3) << stream << ": suggested " << suggestion << ", best " << best;
  }
}

TEST_F(CommandLineLab, LrFindSweepsAloneWhereNoRateMayRace) {
  const auto found = boost::json::parse(run_lab("lr-find", {"--from", recording_, "--race", "0", "--json"}).out);
  EXPECT_EQ(found.at("suggestion"), found.at("steepest"));
  EXPECT_TRUE(found.at("race").as_array().empty());
  EXPECT_THAT(run_lab("lr-find", {"--from", recording_, "--race", "0"}).out, HasSubstr("(the steepest fall)"));
}

}  // namespace
}  // namespace rekindle::system_test
