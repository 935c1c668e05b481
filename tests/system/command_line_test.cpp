// The commands that need no broker, as a user types them.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;

class CommandLine : public testing::Test {
 protected:
  [[nodiscard]] Deployment deployment() const { return write_configuration(folder_.path(), "localhost:1", "samples"); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

std::size_t count_of(const std::string& what, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

TEST_F(CommandLine, CheckListsEveryMistakeWithItsPlace) {
  const auto path = file("bad.toml").string();
  write_file(path, R"([source]
topic = "samples"
on_eror = "skip"
max_record_bytes = "many"
[schema]
task = "binarry"
label = "y"
[optimizer]
type = "adam"
eps = -1
[shedule]
type = "constant"
)");
  const auto done = rekindle({"check", "-c", path});
  EXPECT_EQ(done.status.code, 78);
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_THAT(done.err, HasSubstr(path + ":3:1: source.on_eror: "));
  EXPECT_THAT(done.err, HasSubstr("did you mean \"on_error\""));
  EXPECT_THAT(done.err, HasSubstr(path + ":4:20: source.max_record_bytes: "));
  EXPECT_THAT(done.err, HasSubstr(path + ":6:8: schema.task: "));
  EXPECT_THAT(done.err, HasSubstr("did you mean \"binary\""));
  EXPECT_THAT(done.err, HasSubstr(path + ":10:7: optimizer.eps: "));
  EXPECT_THAT(done.err, ContainsRegex(":11:[12]: shedule: unknown section; did you mean \"schedule\""));
  EXPECT_THAT(done.err, HasSubstr("5 mistakes"));
  EXPECT_EQ(count_of(path + ":", done.err), 6U);  // And the sum of them.
  EXPECT_EQ(rekindle({"run", "-c", path}).status.code, 78);
}

TEST_F(CommandLine, CheckSaysWhereASyntaxErrorIs) {
  const auto path = file("bad.toml").string();
  write_file(path, "[source]\ntopic = \"samples\n");
  const auto done = rekindle({"check", "-c", path});
  EXPECT_EQ(done.status.code, 78);
  EXPECT_THAT(done.err, HasSubstr(path + ":2:"));
  EXPECT_EQ(rekindle({"check", "-c", file("none.toml").string()}).status.code, 78);
}

TEST_F(CommandLine, CheckConnectsToNothing) {
  const auto good = run(command_line("check", deployment()));
  EXPECT_EQ(good.status.code, 0) << good.err;
  EXPECT_THAT(good.out, AllOf(HasSubstr("ok: topics samples"), HasSubstr("rmsprop with exponential")));
  const auto document = run(command_line("check", deployment(), {"--json"}));
  EXPECT_TRUE(boost::json::parse(document.out).at("ok").as_bool());
  EXPECT_FALSE(std::filesystem::exists(deployment().state));
}

TEST_F(CommandLine, SettingsComeFromFlagThenEnvironmentThenFile) {
  const auto policy = [&](const Arguments& settings, std::map<std::string, std::string> environment) {
    return run(command_line("check", deployment().with(settings)), {.environment = std::move(environment), .folder = {}, .input = {}}).out;
  };
  const std::map<std::string, std::string> none = {{"REKINDLE__DRIFT__POLICY", "none"}};
  EXPECT_THAT(policy({}, {}), HasSubstr("drift policy restart"));
  EXPECT_THAT(policy({}, none), HasSubstr("drift policy none"));
  EXPECT_THAT(policy({"drift.policy=alarm"}, none), HasSubstr("drift policy alarm"));
}

TEST_F(CommandLine, MisspeltUseIsAnsweredWithItsNeighbour) {
  const auto command = rekindle({"rply"});
  EXPECT_EQ(command.status.code, 2);
  EXPECT_THAT(command.err, AllOf(HasSubstr("there is no command \"rply\""), HasSubstr("did you mean \"replay\""), HasSubstr("Commands: ")));
  const auto option = rekindle({"version", "--jsn"});
  EXPECT_EQ(option.status.code, 2);
  EXPECT_THAT(option.err, AllOf(HasSubstr("--jsn"), HasSubstr("rekindle version --help")));
  EXPECT_EQ(rekindle({}).status.code, 2);
  EXPECT_EQ(rekindle({"replay"}).status.code, 2);
}

TEST_F(CommandLine, ReplayOfGarbageIsRefused) {
  write_file(file("garbage"), std::string("\x00\xff\x13garbage\nmore\n", 16));
  const auto done = run(command_line("replay", deployment(), {"--from", file("garbage").string(), "--json"}));
  EXPECT_EQ(done.status.code, 65);
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_THAT(done.err, AllOf(HasSubstr(file("garbage").string()), HasSubstr("nothing to learn from"), HasSubstr("undecodable")));
  write_file(file("empty"), "");
  EXPECT_EQ(run(command_line("replay", deployment(), {"--from", file("empty").string()})).status.code, 65);
  const auto missing = run(command_line("replay", deployment(), {"--from", file("none").string()}));
  EXPECT_EQ(missing.status.code, 65);
  EXPECT_THAT(missing.err, HasSubstr(file("none").string()));
}

TEST_F(CommandLine, InspectOfNonsenseIsRefused) {
  write_file(file("nonsense"), "REKINDLE but nothing more");
  const auto nonsense = rekindle({"inspect", file("nonsense").string()});
  EXPECT_EQ(nonsense.status.code, 65);
  EXPECT_THAT(nonsense.err, HasSubstr(file("nonsense").string()));
  EXPECT_EQ(rekindle({"inspect", file("none").string()}).status.code, 74);
  std::filesystem::create_directory(file("folder"));
  EXPECT_EQ(rekindle({"inspect", file("folder").string()}).status.code, 65);
}

TEST_F(CommandLine, VersionIsOneDocument) {
  const auto version = boost::json::parse(rekindle({"version", "--json"}).out);
  EXPECT_THAT(text_at(version, "/version"), ContainsRegex("^[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_FALSE(text_at(version, "/commit").empty());
  EXPECT_THAT(rekindle({"version"}).out, HasSubstr(text_at(version, "/version")));
}

TEST_F(CommandLine, ReplayTellsAccuracyAndItsBaselines) {
  write_lines(file("samples.jsonl"), drifting_stream(9000));
  const auto summary = replay_json(deployment(), file("samples.jsonl"));
  EXPECT_EQ(whole_at(summary, "/samples"), 9000);
  EXPECT_THAT(number_at(summary, "/metrics/accuracy"), AllOf(Gt(0.8), Lt(1)));
  EXPECT_THAT(number_at(summary, "/metrics/no_change"), AllOf(Gt(0.4), Lt(0.6)));
  EXPECT_THAT(number_at(summary, "/metrics/majority"), AllOf(Gt(0.4), Lt(0.6)));
  EXPECT_EQ(summary.at("incidents").as_array().size(), 2U);
  const auto text = run(command_line("replay", deployment(), {"--from", file("samples.jsonl").string()})).out;
  EXPECT_THAT(text, AllOf(HasSubstr("accuracy 0."), HasSubstr("no_change 0."), HasSubstr("majority 0."), HasSubstr("incidents   2")));
  EXPECT_THAT(text, HasSubstr(text_at(summary, "/state_hash")));
}

TEST_F(CommandLine, ReplayTakesAPartAndLeavesACheckpoint) {
  const auto lines = drifting_stream(3000);
  write_lines(file("all.jsonl"), lines);
  write_lines(file("part.jsonl"), slice(lines, 500, 1500));
  const auto state = file("kept").string();
  const auto part = replay_json(deployment(), file("all.jsonl"), {"--offset", "500", "--samples", "1000", "--checkpoint", state});
  EXPECT_EQ(text_at(part, "/state_hash"), text_at(replay_json(deployment(), file("part.jsonl")), "/state_hash"));
  const auto saved = inspect_json(state);
  EXPECT_EQ(text_at(saved, "/state_hash"), text_at(part, "/state_hash"));
  EXPECT_EQ(saved_position(state), 1500);
}

TEST_F(CommandLine, DemoTellsEachDriftItsResponseAndItsRecovery) {
  const auto demo = rekindle({"demo", "--samples", "20000", "--seed", "7", "--port", "0"});
  EXPECT_EQ(demo.status.code, 0) << demo.err;
  EXPECT_EQ(count_of("  DRIFT  ", demo.out), 2U) << demo.out;
  EXPECT_EQ(count_of("LR warm restart from ", demo.out), 2U);
  EXPECT_EQ(count_of("accumulators reset", demo.out), 4U);  // As it happens, and in the summary.
  EXPECT_EQ(count_of("  RECOVERED after ", demo.out), 2U);
  EXPECT_THAT(demo.out, ContainsRegex("RECOVERED after [0-9,]+ samples"));
  EXPECT_THAT(demo.out, AllOf(HasSubstr("samples     20,000 (20,000 learned, 0 rejected)"), HasSubstr("incidents   2"),
                              HasSubstr("accuracy over the whole stream")));
  EXPECT_THAT(demo.out, ContainsRegex("status http://127.0.0.1:[1-9][0-9]+/status"));
}

TEST_F(CommandLine, OnlyWhoAsksByHttpNeedsLibcurl) {
  write_file(file("libcurl.so.4"), "no library");
  const ProcessOptions without = {.environment = {{"LD_LIBRARY_PATH", file("").string()}}, .folder = {}, .input = {}};
  EXPECT_EQ(run(command_line("check", deployment()), without).status.code, 0);
  const auto asked = run({program(), "ctl", "status", "--url", "http://127.0.0.1:1"}, without);
  EXPECT_EQ(asked.status.code, 69);
  EXPECT_THAT(asked.err, AllOf(HasSubstr("libcurl cannot be used: "), HasSubstr("libcurl.so.4")));
}

}  // namespace
}  // namespace rekindle::system_test
