// What a learner says of itself: the sample of each event, its error.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <variant>

#include "learner/learner.hpp"
#include "support/learners.hpp"
#include "unit/learner/learner_parts.hpp"

namespace rekindle {
namespace {

using test::by_hand;
using test::learn;
using test::learner_of;
using test::sample;

TEST(Learner, NamesTheSampleOfWhatHappens) {
  auto recipe = by_hand();
  recipe.precision = Precision::float32;
  recipe.optimizer = "momentum";
  recipe.reset_every = 1;
  auto resetting = learner_of(recipe, 1);
  (void)learn(resetting, sample({1}, 5));
  EXPECT_EQ(test::events_of(resetting), "0 reset period\n");
  EXPECT_EQ(std::get<OptimizerReset>(resetting.events()[0]).fraction, 1);

  recipe.reset_every = 0;
  recipe.optimizer = "sgd";
  recipe.lr = 0.6;
  auto diverging = learner_of(recipe, 1);
  (void)learn(diverging, sample({1}, 1e300));
  EXPECT_EQ(test::events_of(diverging), "0 skipped\n");
  std::string events;
  int at = 0;
  while (events.empty() && at < 1000) {
    (void)learn(diverging, sample({1.5}, ++at % 2 == 0 ? 3 : -3));
    events = test::events_of(diverging);
  }
  EXPECT_EQ(events, fmt::format("{} diverged rollback\n", at));
}

TEST(Learner, ReportsItsErrorFromTheFirstLabelOn) {
  auto learner = learner_of(by_hand(Task::binary), 1);
  LearnerStatus status;
  (void)learn(learner, sample({1}));
  learner.report(status);
  EXPECT_EQ(status.mode, "single");
  EXPECT_EQ(status.error_fast, std::nullopt);
  EXPECT_EQ(status.error_slow, std::nullopt);
  auto one = sample({1}, 0);
  one.offset = 1;
  (void)learn(learner, one);
  learner.report(status);
  EXPECT_EQ(status.error_fast, 1);
  EXPECT_EQ(status.error_slow, 1);
  auto recipe = by_hand(Task::binary);
  recipe.mode = LearnerMode::portfolio;
  learner_of(recipe, 1).report(status);
  EXPECT_EQ(status.mode, "portfolio");
}

}  // namespace
}  // namespace rekindle
