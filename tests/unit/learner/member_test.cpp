#include "learner/member.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/learners.hpp"

namespace rekindle {
namespace {

// A challenger is made between a sample's prediction and its learning.
TEST(Member, ThatHasNotPredictedYetKnowsNothing) {
  for (const auto task : {Task::binary, Task::multiclass}) {
    test::Recipe recipe;
    recipe.task = task;
    const auto spec = test::spec_of(recipe);
    const std::size_t classes = task == Task::binary ? 2 : 3;
    const auto member = make_member(spec.member, task, spec.inputs(4), classes, 1);
    EXPECT_NEAR(member->evaluate(1), std::log(static_cast<double>(classes)), 1e-12);
  }
}

}  // namespace
}  // namespace rekindle
