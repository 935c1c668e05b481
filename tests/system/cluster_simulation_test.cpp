// Several workers as one, as a user types it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class SimulateCluster : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(
        rekindle({"generate", "logistic", "drift=abrupt", "every=10000", "n_features=10", "--samples", "20000", "--to", path("s.jsonl")})
            .status.code,
        0);
    write_file(path("r.toml"), R"([source]
type = "file"
path = "s.jsonl"
[schema]
task = "binary"
label = "y"
[optimizer]
type = "adam"
[schedule]
type = "exponential"
lr = 0.02
gamma = 0.9998
[drift]
policy = "restart"
[cluster]
sync_samples = 100
)");
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] Outcome simulate(const Arguments& more) const {
    Arguments all = {"simulate-cluster", "-c", path("r.toml"), "--from", path("s.jsonl")};
    all.insert(all.end(), more.begin(), more.end());
    return rekindle(all);
  }
  [[nodiscard]] boost::json::value json(Arguments more) const {
    more.push_back("--json");
    const auto done = simulate(more);
    EXPECT_EQ(done.status.code, 0) << done.err;
    return boost::json::parse(done.out);
  }
  // round -> what its rows say beside the worker.
  [[nodiscard]] std::map<std::string, std::set<std::string>> rounds() const {
    std::ifstream file(path("trace.csv"));
    std::map<std::string, std::set<std::string>> out;
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "round,worker,global_step,generation,lr");
    while (std::getline(file, line)) {
      const auto first = line.find(',');
      out[line.substr(0, first)].insert(line.substr(line.find(',', first + 1)));
    }
    return out;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(SimulateCluster, OfOneWorkerIsTheReplay) {
  const auto one = json({"--workers", "1"});
  const auto replay = rekindle({"replay", "-c", path("r.toml"), "--from", path("s.jsonl"), "--json"});
  EXPECT_EQ(text_at(one, "/state_hash"), text_at(boost::json::parse(replay.out), "/state_hash"));
  EXPECT_EQ(number_at(one, "/metrics/loss"), number_at(one, "/loss_single"));
  EXPECT_GE(whole_at(one, "/rounds"), 200);
  EXPECT_EQ(whole_at(one, "/bytes_sent"), 0);
}

TEST_F(SimulateCluster, GoesByOneRateInEveryRoundWhateverTheSpeeds) {
  const Arguments uneven = {"--workers", "4", "--speeds", "10,1,1,3", "--delay", "20", "--loss", "0.1", "--trace", path("trace.csv")};
  const auto first = json(uneven);
  const auto seen = rounds();
  EXPECT_GE(seen.size(), 30U);
  for (const auto& [round, rows] : seen) EXPECT_THAT(rows, SizeIs(1)) << "round " << round;
  EXPECT_EQ(text_at(json(uneven), "/state_hash"), text_at(first, "/state_hash")) << "the same each time";
  auto other = uneven;
  other.insert(other.end(), {"--seed", "7"});
  EXPECT_NE(text_at(json(other), "/state_hash"), text_at(first, "/state_hash"));
}

TEST_F(SimulateCluster, AnswersOneDriftOnce) {
  const auto done = json({"--workers", "4", "--delay", "5"});
  int global = 0;
  const auto incidents = done.at("incidents").as_array();
  for (const auto& one : incidents) {
    if (text_at(one, "/scope") != "global") continue;
    ++global;
    EXPECT_NEAR(number_at(one, "/global_sample"), 10'500, 700);
  }
  EXPECT_EQ(global, 1);
  EXPECT_EQ(whole_at(done, "/generation"), 1);
  EXPECT_GT(number_at(done, "/metrics/accuracy"), number_at(done, "/metrics_single/accuracy") - 0.03);
}

TEST_F(SimulateCluster, RefusesWhatIsNoGroup) {
  EXPECT_EQ(simulate({"--workers", "0"}).status.code, 2);
  EXPECT_EQ(simulate({"--workers", "1025"}).status.code, 2);
  const auto speeds = simulate({"--workers", "3", "--speeds", "1,2"});
  EXPECT_EQ(speeds.status.code, 2);
  EXPECT_THAT(speeds.err, HasSubstr("2 speeds for 3 workers"));
  EXPECT_THAT(simulate({"--workers", "3", "--away", "3:1-2"}).err, HasSubstr("--away: there is no worker 3; they are 0 to 2"));
  EXPECT_THAT(simulate({"--workers", "3", "--away", "1:5-2"}).err, HasSubstr("wants WORKER:FROM-TO"));
  const auto onehot = simulate({"--workers", "2", "--set", "schema.categorical=[\"kind\"]"});
  EXPECT_EQ(onehot.status.code, 78);
  EXPECT_THAT(onehot.err, HasSubstr("preprocess.encode"));
}

TEST_F(SimulateCluster, LearnsEverySampleOnceWhateverHappens) {
  const auto done = json(
      {"--workers", "4", "--delay", "50", "--loss", "0.2", "--duplicates", "0.2", "--away", "1:2000-6000", "--leader-dies", "1500,14000"});
  EXPECT_EQ(whole_at(done, "/learned"), 20'000);
  EXPECT_GT(whole_at(done, "/messages_fenced"), 0);
  EXPECT_GT(whole_at(done, "/stale_dropped"), 0);
  EXPECT_EQ(done.at("by_worker").as_array().size(), 4U);
}

}  // namespace
}  // namespace rekindle::system_test
