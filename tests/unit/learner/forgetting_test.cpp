#include "learner/forgetting.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;
using test::samples_of;

// Two concepts in turn, the second the opposite of the first.
std::vector<Sample> recurring() {
  return samples_of({.seed = 9, .features = 5, .noise = 0.02, .drifts = {6000, 9000}, .changed = {1, 1}, .flip = true}, 12'000);
}

// What is left of the first concept a while after the second has been noticed.
double forgotten(const std::string& policy, const Response& response) {
  Recipe recipe;
  recipe.optimizer = "adagrad";  // Its accumulators are its decay: only who drops them learns fast again.
  recipe.schedule = "exponential";
  recipe.schedule_parameters = {{"decay_rate", 0.5}, {"decay_steps", 1000.0}};
  recipe.lr = 0.2;
  recipe.policy = policy;
  for (auto& row : recipe.responses.by_severity) row = response;
  for (auto& row : recipe.responses.by_kind) row = std::nullopt;
  recipe.trial.earliest = 1;
  auto learner = learner_of(recipe);
  (void)test::learn_all(learner, recurring());
  return learner.incidents().total() == 0 ? 0 : learner.incidents().newest()[0].forgetting_loss.value_or(0);
}

TEST(Forgetting, IsWorseTheMoreIsThrownAway) {
  const double hold = forgotten("alarm", {});
  const double restart = forgotten("graded", {.restart = true, .trial = {}, .cycle = {}});
  const double full = forgotten("restart", {});
  EXPECT_GT(hold, 0);
  EXPECT_GT(restart, 1.05 * hold);
  EXPECT_GT(full, 1.05 * restart);
}

TEST(Forgetting, KeepsAFewOfWideSamplesAndManyOfNarrowOnes) {
  const auto bytes_for = [](std::size_t width) {
    Forgetting forgetting(1);
    Features x;
    for (auto& value : x.resize<float>(width)) value = 1;
    for (int i = 0; i < 3000; ++i) forgetting.observe(x, 0, false);
    ByteWriter out;
    forgetting.save(out, false);
    return out.bytes().size();
  };
  EXPECT_LT(bytes_for(5), 512U * 62);
  EXPECT_LT(bytes_for(1000), 150U << 10);
  EXPECT_GT(bytes_for(1000), 100U << 10);
}

TEST(Forgetting, TakesEverySampleWithTheSameProbability) {
  std::vector<double> taken(4, 0);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Forgetting forgetting(seed);
    Features x;
    for (int i = 0; i < 4000; ++i) {
      x.resize<double>(1)[0] = i;
      forgetting.observe(x, i / 1000, true);
    }
    ByteWriter out;
    forgetting.save(out, true);
    ByteReader in(out.bytes());
    (void)in.get<std::uint64_t>();
    for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
      for (int array = 0; array < 3; ++array) (void)(array == 1 ? in.get_array<std::uint32_t>().size() : in.get_array<double>().size());
      (void)in.get<double>();
      ++taken[static_cast<std::size_t>(in.get<double>())];
    }
  }
  for (const double quarter : taken) EXPECT_NEAR(quarter, 200 * 128, 600);
}

TEST(Forgetting, GoesOnWhereItWasSavedTo) {
  Recipe recipe;
  const auto samples = recurring();
  auto straight = learner_of(recipe);
  auto first = learner_of(recipe);
  (void)test::learn_all(straight, samples);
  (void)test::learn_all(first, {samples.begin(), samples.begin() + 6600});
  auto second = learner_of(recipe);
  std::vector<std::string> notes;
  ASSERT_TRUE(second.restore(first.save(), notes));
  (void)test::learn_all(second, {samples.begin() + 6600, samples.end()});
  const auto section = [](const Learner& learner) { return find_section(learner.save(), "forgetting")->bytes; };
  EXPECT_EQ(section(second), section(straight));
  LearnerStatus status;
  straight.report(status);
  EXPECT_TRUE(status.forgetting_loss);
}

// Measuring is no learning.
TEST(Forgetting, LeavesTheLearnerAsItIs) {
  auto learner = learner_of({});
  const auto samples = recurring();
  (void)test::learn_all(learner, {samples.begin(), samples.begin() + 7000});
  Forgetting forgetting(3);
  Features x;
  for (auto& value : x.resize<float>(5)) value = 0.5F;
  for (int i = 0; i < 100; ++i) forgetting.observe(x, 1, false);
  forgetting.drifted();
  const auto before = learner.state_hash();
  EXPECT_TRUE(forgetting.measure(const_cast<Member&>(learner.champion())));
  EXPECT_EQ(learner.state_hash(), before);
}

}  // namespace
}  // namespace rekindle
