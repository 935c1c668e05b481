// One stream in every form of a record, from the file to what was learned, as a newcomer goes: config init, check, replay.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class EveryForm : public testing::Test {
 protected:
  void SetUp() override {
    const auto csv = path("s.csv");
    ASSERT_EQ(rekindle({"generate", "sea", "noise=0.1", "drift=abrupt", "every=2500", "--samples", "6000", "--to", csv}).status.code, 0);
    std::ifstream in(csv);
    std::string line;
    std::getline(in, line);
    ASSERT_EQ(line, "x0,x1,x2,y");
    std::vector<std::string> json;
    std::vector<std::string> vw;
    std::vector<std::string> libsvm;
    while (std::getline(in, line)) {
      std::istringstream cells(line);
      std::string x[3];
      std::string y;
      for (auto& one : x) std::getline(cells, one, ',');
      std::getline(cells, y);
      json.push_back(R"({"x0":)" + x[0] + R"(,"x1":)" + x[1] + R"(,"x2":)" + x[2] + R"(,"y":)" + y + "}");
      vw.push_back(y + " | 1:" + x[0] + " 2:" + x[1] + " 3:" + x[2]);
      libsvm.push_back(y + " 1:" + x[0] + " 2:" + x[1] + " 3:" + x[2]);
    }
    write_lines(path("s.jsonl"), json);
    write_lines(path("s.vw"), vw);
    write_lines(path("s.libsvm"), libsvm);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  // What a replay with the configuration that `config init` makes of the file ends in.
  boost::json::value learned(const std::string& name, const Arguments& more = {}) {
    const auto made = rekindle({"config", "init", "--from", path(name)});
    EXPECT_EQ(made.status.code, 0) << made.err;
    EXPECT_THAT(made.out, AllOf(HasSubstr("all 6,000 records"), HasSubstr("task = \"binary\"")));
    const auto configuration = path(name) + ".toml";
    write_file(configuration, made.out);
    const auto checked = rekindle({"check", "-c", configuration});
    EXPECT_EQ(checked.status.code, 0) << checked.err;
    EXPECT_EQ(checked.err, "");
    Arguments replay = {"replay", "-c", configuration, "--from", path(name), "--json"};
    replay.insert(replay.end(), more.begin(), more.end());
    const auto done = rekindle(replay);
    EXPECT_EQ(done.status.code, 0) << done.err;
    auto json = boost::json::parse(done.out);
    EXPECT_EQ(whole_at(json, "/learned"), 6000);
    return json;
  }

 private:
  TemporaryFolder folder_;
};

// The same features in the same representation are the same to the bit: named fields are scaled, numbered features are not.
TEST_F(EveryForm, LearnsTheSameAsTheOtherOfItsKind) {
  const auto csv = learned("s.csv");
  EXPECT_EQ(text_at(learned("s.jsonl"), "/state_hash"), text_at(csv, "/state_hash"));
  EXPECT_GT(number_at(csv, "/metrics/accuracy"), 0.8);
  const auto vw = learned("s.vw");
  EXPECT_EQ(text_at(learned("s.libsvm"), "/state_hash"), text_at(vw, "/state_hash"));
  EXPECT_GT(number_at(vw, "/metrics/accuracy"), 0.75);
}

TEST_F(EveryForm, LosesTheSameWhereNothingIsScaled) {
  const Arguments unscaled = {"--set", "preprocess.scale=none"};
  const double expected = number_at(learned("s.csv", unscaled), "/metrics/loss");
  for (const auto* name : {"s.jsonl", "s.vw", "s.libsvm"})
    EXPECT_NEAR(number_at(learned(name, unscaled), "/metrics/loss"), expected, 1e-6) << name;
}

}  // namespace
}  // namespace rekindle::system_test
