// Several daemons that learn the partitions of one topic as one learner (cluster.mode = "group").
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iostream>

#include "tests/system/group_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// A rate that turns again and again, so that rounds differ.
const Arguments turning_rate = {"schedule={type=\"cosine_restarts\",lr_max=0.05,lr_min=0.002,T_0=5000}", "drift.policy=alarm",
                                "cluster.sync_samples=200"};

class Group : public GroupTest {
 protected:
  // Three concepts, a tenth of the labels wrong.
  [[nodiscard]] std::vector<std::string> sea(int samples) const {
    const auto file = folder() / "sea.jsonl";
    const auto done = rekindle({"generate", "sea", "drift=abrupt", fmt::format("every={}", samples / 3), "noise=0.1", "--samples",
                                fmt::format("{}", samples), "--to", file.string()});
    EXPECT_EQ(done.status.code, 0) << done.err;
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  void expect_as_good_as_alone(int size) {
    const auto lines = sea(24'000);
    const auto group = deploy_group(turning_rate);
    std::vector<std::unique_ptr<Daemon>> members;
    for (int i = 0; i < size; ++i) members.push_back(join(group, i));
    ASSERT_TRUE(begins(members, slice(lines, 0, partitions)));
    const auto feeder = feed(slice(lines, partitions, 24'000), 2000);
    ASSERT_TRUE(learns(24'000)) << members[0]->log();
    const double together = accuracy(members);
    for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
    const double alone = number_at(replayed(group.with({"cluster.mode=single", "checkpoint.store=file"}), lines), "/metrics/accuracy");
    const auto rounds = expect_whole(24'000);
    std::cout << fmt::format("{} daemons: accuracy {:.4f}, alone {:.4f}, {} rounds\n", size, together, alone, rounds) << std::flush;
    EXPECT_GT(rounds, 20U);
    EXPECT_NEAR(together, alone, 0.005);
  }
};

TEST_F(Group, OneDaemonLearnsAsWellAsOneAlone) { expect_as_good_as_alone(1); }
TEST_F(Group, TwoDaemonsLearnAsWellAsOneAlone) { expect_as_good_as_alone(2); }
TEST_F(Group, FourDaemonsLearnAsWellAsOneAlone) { expect_as_good_as_alone(4); }

}  // namespace
}  // namespace rekindle::system_test
