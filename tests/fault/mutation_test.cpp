#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/trial.hpp"

namespace rekindle {
namespace {

// The tests of this folder are only worth something if they fail when the store is wrong.
class MutationTest : public testing::TestWithParam<Mutation> {};

TEST_P(MutationTest, IsNoticed) {
  Findings power_loss;
  Findings errors;
  Findings damage;
  try_power_loss(GetParam(), power_loss);
  try_errors(GetParam(), errors);
  try_damage(GetParam(), damage);
  std::cout << "power loss: " << power_loss.text() << "\nerrors: " << errors.text() << "\ndamage: " << damage.text() << "\n";
  const auto broken_promises = [](Findings& findings) {
    return findings.kinds["lost"] + findings.kinds["wrong content"] + findings.kinds["refused"];
  };
  EXPECT_GT(broken_promises(power_loss) + broken_promises(errors) + broken_promises(damage), 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, MutationTest, testing::ValuesIn(all_mutations()),
                         [](const testing::TestParamInfo<Mutation>& one) { return one.param.name; });

}  // namespace

}  // namespace rekindle
