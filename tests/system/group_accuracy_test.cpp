// Is a group on three brokers as accurate as one learner where the stream drifts? Nothing that can be seen in seconds: there is no
// short form. REKINDLE_GROUP_SAMPLES=45312 takes as many samples as Elec2 has, three streams, and 1, 2 and 4 daemons, in some forty
// minutes; REKINDLE_GROUP_STREAM=FILE.jsonl (label y) adds a recorded stream.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/system/three_brokers.hpp"

namespace rekindle::system_test {
namespace {

// Messages take some 0.2 s, or 40 samples of the group, then.
constexpr double per_second = 200;

struct Case {
  std::string stream;
  int daemons = 0;
};

int samples() {
  const char* wanted = std::getenv("REKINDLE_GROUP_SAMPLES");
  return wanted == nullptr ? 0 : std::atoi(wanted);
}

std::vector<Case> cases() {
  if (samples() == 0) return {};
  std::vector<std::string> streams = {"logistic", "sea", "hyperplane"};
  if (std::getenv("REKINDLE_GROUP_STREAM") != nullptr) streams.emplace_back("recorded");
  std::vector<Case> all;
  for (const auto& stream : streams) {
    for (const int daemons : {1, 2, 4}) all.push_back({stream, daemons});
  }
  return all;
}

class GroupAccuracy : public OnThreeBrokers<GroupTest>, public testing::WithParamInterface<Case> {
 protected:
  [[nodiscard]] std::vector<std::string> lines(const std::string& stream) const {
    if (stream == "recorded") return read_lines(std::getenv("REKINDLE_GROUP_STREAM"));
    std::vector<std::string> what = {stream, "drift=abrupt", fmt::format("every={}", samples() / 3), "noise=0.05"};
    if (stream != "sea") what.emplace_back("n_features=8");
    return generated(what, samples());
  }
};

TEST_P(GroupAccuracy, IsThatOfOneLearnerWhereTheStreamDrifts) {
  const auto compared =
      compare_with_one_alone(deploy_group({"cluster.sync_samples=20", "schedule={type=\"cosine_restarts\",lr=0.05,lr_min=0.002,T_0=5000}"}),
                             GetParam().daemons, lines(GetParam().stream), per_second);
  const auto global = incidents("global");
  std::cout << fmt::format("{}: {} incidents of all partitions\n", GetParam().stream, global.size()) << std::flush;
  EXPECT_GT(compared.together, compared.alone - 0.005);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GroupAccuracy);
INSTANTIATE_TEST_SUITE_P(Streams, GroupAccuracy, testing::ValuesIn(cases()),
                         [](const auto& one) { return fmt::format("{}{}", one.param.stream, one.param.daemons); });

}  // namespace
}  // namespace rekindle::system_test
