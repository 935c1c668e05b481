// `rekindle schedule` and `rekindle list`: the rates of the well-known examples, digit by digit, and the reference tables.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/system/daemon_support.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CommandLineSchedules : public testing::Test {};

std::vector<double> rates(std::vector<std::string> arguments, int steps) {
  arguments.insert(arguments.begin(), "schedule");
  arguments.insert(arguments.end(), {"--steps", std::to_string(steps)});
  const auto done = rekindle(arguments);
  EXPECT_EQ(done.status.code, 0) << done.err;
  std::istringstream lines(done.out);
  std::string line;
  EXPECT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, StartsWith("step,lr"));
  std::vector<double> out;
  while (std::getline(lines, line)) {
    const auto comma = line.find(',');
    EXPECT_EQ(line.substr(0, comma), std::to_string(out.size()));
    out.push_back(std::strtod(line.c_str() + comma + 1, nullptr));
  }
  EXPECT_EQ(out.size(), static_cast<std::size_t>(steps));
  return out;
}

TEST_F(CommandLineSchedules, ExponentialDecayIsSmooth) {
  const auto lr = rates({"exponential", "lr=0.1", "decay_steps=1000", "decay_rate=0.96"}, 3001);
  for (int k = 0; k <= 3000; ++k) EXPECT_EQ(lr[static_cast<std::size_t>(k)], 0.1 * std::pow(0.96, k / 1000.0)) << k;
}

TEST_F(CommandLineSchedules, ExponentialDecayFallsInSteps) {
  const auto lr = rates({"exponential", "lr=0.1", "decay_steps=1000", "decay_rate=0.96", "staircase=true"}, 3001);
  for (const auto& [k, rate] : {std::pair(0, 0.1),
                                {999, 0.1},
                                {1000, 0.1 * 0.96},
                                {1999, 0.1 * 0.96},
                                {2000, 0.1 * std::pow(0.96, 2)},
                                {3000, 0.1 * std::pow(0.96, 3)}}) {
    EXPECT_EQ(lr[static_cast<std::size_t>(k)], rate) << k;
  }
}

TEST_F(CommandLineSchedules, StepDecayDividesByTenEveryTenSteps) {
  const auto lr = rates({"step", "lr=0.1", "step_size=10", "gamma=0.1"}, 30);
  for (std::size_t k = 0; k < 30; ++k) EXPECT_DOUBLE_EQ(lr[k], k < 10 ? 0.1 : (k < 20 ? 0.01 : 0.001)) << k;
}

TEST_F(CommandLineSchedules, CyclesRiseInFiveStepsFromTheBaseToTheTop) {
  const auto lr = rates({"cyclic", "base_lr=0.001", "max_lr=0.01", "step_size_up=5"}, 21);
  for (std::size_t k = 0; k < 21; ++k) {
    const auto phase = k % 10;
    const double share = (phase <= 5 ? static_cast<double>(phase) : 10 - static_cast<double>(phase)) / 5;
    EXPECT_NEAR(lr[k], 0.001 + 0.009 * share, 1e-16) << k;
  }
  EXPECT_EQ(lr[0], 0.001);
  EXPECT_EQ(lr[5], 0.01);
  EXPECT_EQ(lr[10], 0.001);
}

TEST_F(CommandLineSchedules, TableChangesAtItsBoundaries) {
  const auto done = rekindle({"schedule", "piecewise", "boundaries=[10, 20]", "values=[0.1, 0.01, 0.001]", "--steps", "30"});
  EXPECT_EQ(done.status.code, 0);
  std::string wanted = "step,lr\n";
  for (int k = 0; k < 30; ++k) wanted += std::to_string(k) + (k < 10 ? ",0.1\n" : (k < 20 ? ",0.01\n" : ",0.001\n"));
  EXPECT_EQ(done.out, wanted);
}

TEST_F(CommandLineSchedules, PrintsTheMomentumThatACycleMovesAgainstTheRate) {
  const auto done = rekindle({"schedule", "cyclic", "base_lr=0.001", "max_lr=0.01", "step_size_up=5", "--steps", "6"});
  EXPECT_THAT(done.out, StartsWith("step,lr,momentum\n0,0.001,0.9\n"));
  EXPECT_THAT(done.out, HasSubstr("\n5,0.01,0.8\n"));
}

TEST_F(CommandLineSchedules, RefusesABadParameterAndNamesItsBound) {
  const auto done = rekindle({"schedule", "step", "lr=0.1", "step_size=-1", "--steps", "3"});
  EXPECT_EQ(done.status.code, 2);
  EXPECT_THAT(done.err, HasSubstr("schedule.step_size: must be > 0, got -1"));
}

TEST_F(CommandLineSchedules, AreInTheReferenceAsTheProgramHasThem) {
  const auto done = rekindle({"list", "--markdown"});
  EXPECT_EQ(done.status.code, 0);
  std::ifstream file(REKINDLE_REFERENCE);
  const std::string reference{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(done.out == reference)
      << "docs/reference.md is out of date: write it anew with `./dev docs` (rekindle list --markdown >docs/reference.md)";
}

}  // namespace
}  // namespace rekindle::system_test
