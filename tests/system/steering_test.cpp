// A running daemon asked and steered over HTTP and by `rekindle ctl`. It follows a file, so no broker is needed.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

const std::map<std::string, std::string> with_token = {{"Authorization", "Bearer a-token-of-some-length"}};

class Steering : public testing::Test {
 protected:
  void SetUp() override {
    lines_ = drifting_stream(3000);
    write_lines(folder_ / "samples.jsonl", lines_);
    write_file(folder_ / "token", "a-token-of-some-length\n");
    auto written = write_configuration(folder_.path(), "localhost:1", "samples");
    deployment_ = written.with({"source.type=file", "source.path=" + (folder_ / "samples.jsonl").string(), "source.follow=true",
                                "http.token_file=" + (folder_ / "token").string()});
  }

  [[nodiscard]] static HttpAnswer post(Daemon& daemon, const std::string& path, const std::string& body = "") {
    return http_post(daemon.port(), path, body, with_token);
  }
  // What a command answered; where it was refused, the test fails.
  [[nodiscard]] static json::value done(Daemon& daemon, const std::string& action, const std::string& body = "") {
    const auto answer = post(daemon, "/-/" + action, body);
    EXPECT_EQ(answer.status, 200) << action << ": " << answer.body;
    return json::parse(answer.body);
  }
  [[nodiscard]] Outcome ctl(Daemon& daemon, Arguments arguments) const {
    arguments.insert(arguments.begin(), "ctl");
    for (const auto& more : {std::string("--url"), "http://127.0.0.1:" + std::to_string(daemon.port()), std::string("--token-file"),
                             (folder_ / "token").string()})
      arguments.push_back(more);
    return rekindle(arguments);
  }

  // The same records once more.
  void append_lines() const {
    std::ofstream file(folder_ / "samples.jsonl", std::ios::app);
    for (const auto& line : lines_) file << line << '\n';
  }
  void edit_configuration(const std::string& what, const std::string& by) const {
    std::ifstream file(deployment_.configuration);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    write_file(deployment_.configuration, replaced(text, what, by));
  }

  TemporaryFolder folder_;
  std::vector<std::string> lines_;
  Deployment deployment_;
};

TEST_F(Steering, PredictsByTheNewestModel) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  json::value one;
  ASSERT_TRUE(eventually([&] {
    one = json::parse(http_post(daemon.port(), "/predict", lines_[0]).body);
    return one.at("model_version") == 3000;
  }));
  const auto& probabilities = one.at("probabilities");
  EXPECT_NEAR(number_at(probabilities, "/0") + number_at(probabilities, "/1"), 1, 1e-12);
  EXPECT_EQ(text_at(one, "/prediction"), number_at(probabilities, "/1") > 0.5 ? "1" : "0");
  const auto many = json::parse(http_post(daemon.port(), "/predict", "[" + lines_[0] + "," + lines_[1] + "]").body);
  EXPECT_EQ(many.at(0), one);
  EXPECT_EQ(http_post(daemon.port(), "/predict", R"({"x0":1})").status, 400);
}

TEST_F(Steering, CommandsActAndAnswerWithTheRateBeforeAndAfter) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  const auto restarted = done(daemon, "restart");
  EXPECT_EQ(whole_at(restarted, "/sample"), 3000);
  EXPECT_LT(number_at(restarted, "/lr_before"), 0.05);
  EXPECT_EQ(number_at(restarted, "/lr_after"), 0.05);
  (void)done(daemon, "reset");
  EXPECT_EQ(whole_at(daemon.status(), "/learner/restarts_by_reason/command"), 1);
  EXPECT_EQ(whole_at(daemon.status(), "/learner/resets_by_reason/command"), 1);
  EXPECT_TRUE(daemon.says("event=command action=restart"));
  EXPECT_EQ(post(daemon, "/-/restart", R"({"lr":1})").status, 400);
}

TEST_F(Steering, NothingIsTakenBetweenPauseAndResume) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  (void)done(daemon, "pause");
  EXPECT_TRUE(daemon.status().at("paused").as_bool());
  EXPECT_EQ(daemon.get("/readyz").status, 200) << "it predicts, and can be told to go on";
  EXPECT_TRUE(json::parse(daemon.get("/readyz").body).at("paused").as_bool());
  append_lines();
  EXPECT_FALSE(daemon.reaches(3001, std::chrono::milliseconds(400)));
  (void)done(daemon, "resume");
  EXPECT_TRUE(daemon.reaches(6000)) << daemon.log();
}

TEST_F(Steering, TheStateAfterACommandIsSaved) {
  Daemon daemon(deployment_.with({"checkpoint.every=1h"}));
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  (void)done(daemon, "checkpoint");
  const auto before = text_at(inspect_json(deployment_.state), "/state_hash");
  (void)done(daemon, "restart");
  EXPECT_TRUE(eventually([&] { return text_at(inspect_json(deployment_.state), "/state_hash") != before; }));
}

TEST_F(Steering, ReloadTakesWhatCanChangeAndNamesTheRest) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  edit_configuration("lr_min = 5e-5", "lr_min = 0.04");
  edit_configuration("type = \"rmsprop\"", "type = \"sgd\"");
  const auto reloaded = done(daemon, "reload");
  EXPECT_EQ(reloaded.at("changed"), json::array{"schedule.lr_min"});
  EXPECT_EQ(reloaded.at("needs_restart"), json::array{"optimizer.type"});
  EXPECT_EQ(number_at(reloaded, "/lr_after"), 0.04);
  edit_configuration("lr_min = 0.04", "lr_min = \"low\"");
  const auto refused = post(daemon, "/-/reload");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(text_at(json::parse(refused.body), "/errors/0"), HasSubstr("schedule.lr_min"));
  EXPECT_EQ(number_at(daemon.status(), "/learner/lr"), 0.04);
}

TEST_F(Steering, ReloadReadsTheTokenAgain) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  write_file(folder_ / "token", "another-token\n");
  const std::map<std::string, std::string> another = {{"Authorization", "Bearer another-token"}};
  EXPECT_EQ(http_post(daemon.port(), "/-/restart", "", another).status, 401) << "before the reload";
  EXPECT_EQ(done(daemon, "reload").at("changed"), json::array{"http.token_file (what it holds)"});
  EXPECT_EQ(http_post(daemon.port(), "/-/restart", "", another).status, 200);
  EXPECT_EQ(post(daemon, "/-/restart").status, 401);
}

TEST_F(Steering, AReplayAlongTheJournalEndsInTheDaemonsState) {
  {
    Daemon daemon(deployment_);
    ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
    (void)done(daemon, "restart");
    (void)done(daemon, "pause");
    append_lines();
    edit_configuration("lr_min = 5e-5", "lr_min = 0.04");
    (void)done(daemon, "reload");
    (void)done(daemon, "resume");
    ASSERT_TRUE(daemon.reaches(6000)) << daemon.log();
    (void)done(daemon, "reset");
    daemon.kill();
  }
  {
    Daemon daemon(deployment_);
    append_lines();
    ASSERT_TRUE(daemon.reaches(9000)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
  }
  const auto replay = replay_json(deployment_, folder_ / "samples.jsonl", {"--journal", deployment_.state.string()});
  EXPECT_EQ(text_at(replay, "/state_hash"), text_at(inspect_json(deployment_.state), "/state_hash"));
}

TEST_F(Steering, LrFindLearnsBesideTheChampionAndChangesNothing) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  EXPECT_EQ(json::parse(daemon.get("/lr-find").body).at("state"), "none");
  Process asked({program(), "ctl", "lr-find", "--json", "--url", "http://127.0.0.1:" + std::to_string(daemon.port()), "--token-file",
                 (folder_ / "token").string()});
  ASSERT_TRUE(eventually([&] { return json::parse(daemon.get("/lr-find").body).at("state") == "running"; }));
  EXPECT_EQ(post(daemon, "/-/lr-find").status, 409) << "one is under way";
  append_lines();
  ASSERT_TRUE(daemon.reaches(6000)) << daemon.log();
  ASSERT_TRUE(asked.wait()) << daemon.log();
  const auto found = json::parse(asked.out());
  EXPECT_GT(number_at(found, "/suggestion"), 1e-4);
  EXPECT_LT(number_at(found, "/suggestion"), 5);
  EXPECT_GE(found.at("curve").as_array().size(), 50u);
  EXPECT_THAT(ctl(daemon, {"lr-find", "--help"}).out, HasSubstr("3,000 samples"));
  EXPECT_EQ(daemon.stop().code, 0);
  const auto alone = replay_json(deployment_.in(folder_ / "alone"), folder_ / "samples.jsonl");
  EXPECT_EQ(text_at(alone, "/state_hash"), text_at(inspect_json(deployment_.state), "/state_hash"));
}

TEST_F(Steering, ThePageComesWithAPastAndEvents) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  const auto page = daemon.get("/");
  EXPECT_THAT(page.body, HasSubstr("<title>rekindle</title>"));
  EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("default-src 'self'"));
  (void)done(daemon, "restart");
  const auto history = json::parse(daemon.get("/history").body);
  EXPECT_FALSE(history.at("points").at("lr").as_array().empty());
  EXPECT_EQ(text_at(history, "/marks/0/type"), "restart");
  EXPECT_EQ(whole_at(history, "/ahead/0/0"), 0);
  for (const auto* name : {"baseline", "verdict", "drift.adwin", "lag"})
    EXPECT_TRUE(history.at("points").as_object().contains(name)) << name;
}

TEST_F(Steering, OnlyThoseMaySteerWhoAreAllowedTo) {
  Daemon daemon(deployment_);
  const int port = daemon.port();
  EXPECT_EQ(http_post(port, "/-/restart", "").status, 401);
  EXPECT_EQ(http_post(port, "/-/restart", "", {{"Authorization", "Bearer a-token-of-some-lengtH"}}).status, 401);
  auto foreign = with_token;
  foreign["Origin"] = "http://example.com";
  EXPECT_EQ(http_post(port, "/-/restart", "", foreign).status, 403);
  auto rebound = with_token;
  rebound["Host"] = "example.com";
  EXPECT_EQ(http_post(port, "/-/restart", "", rebound).status, 403);
  EXPECT_EQ(post(daemon, "/-/nothing").status, 404);
  EXPECT_EQ(post(daemon, "/-/restart", std::string(2'000'000, ' ')).status, 413);
  for (const auto& answer : {http_post(port, "/-/restart", ""), post(daemon, "/-/nothing")})
    EXPECT_TRUE(json::parse(answer.body).at("error").is_string());
}

TEST_F(Steering, CtlDoesTheSameFromTheCommandLine) {
  Daemon daemon(deployment_);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  const auto restarted = ctl(daemon, {"restart", "--json"});
  ASSERT_EQ(restarted.status.code, 0) << restarted.err;
  EXPECT_EQ(number_at(json::parse(restarted.out), "/lr_after"), 0.05);
  EXPECT_THAT(ctl(daemon, {"status"}).out, HasSubstr("learner.samples: 3000"));
  const auto stranger = rekindle({"ctl", "restart", "--url", "http://127.0.0.1:" + std::to_string(daemon.port())});
  EXPECT_EQ(stranger.status.code, 2);
  EXPECT_THAT(stranger.err, HasSubstr("bearer token"));
  EXPECT_EQ(rekindle({"ctl", "restart", "--url", "http://127.0.0.1:1"}).status.code, 69);
  EXPECT_EQ(rekindle({"ctl", "sing"}).status.code, 2);
}

}  // namespace
}  // namespace rekindle::system_test
