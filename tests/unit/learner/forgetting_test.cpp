#include "learner/forgetting.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"
#include "unit/learner/forgetting_parts.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::ones;
using test::Recipe;
using test::regression_of;
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
  EXPECT_EQ(test::section_of(second, "forgetting"), test::section_of(straight, "forgetting"));
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

TEST(Forgetting, IsMeasuredAThousandSamplesAfterADriftAndEveryTenThousand) {
  const auto member = regression_of(1);
  Forgetting forgetting(1);
  const auto x = ones(1);
  for (int i = 0; i < 1500; ++i) {
    EXPECT_FALSE(forgetting.due()) << "there was no drift";
    forgetting.observe(x, 1, false);
  }
  for (int drift = 0; drift < 2; ++drift) {
    forgetting.drifted();
    std::vector<int> measured;
    for (int i = 0; i <= 20'000; ++i) {
      if (forgetting.due()) {
        measured.push_back(i);
        EXPECT_TRUE(forgetting.measure(*member));
        EXPECT_FALSE(forgetting.due()) << "once";
      }
      forgetting.observe(x, 1, false);
    }
    EXPECT_THAT(measured, testing::ElementsAre(1000, 10'000, 20'000));
  }
}

TEST(Forgetting, IsTheMeanLossOnTheSamplesFromBefore) {
  const auto member = regression_of(10'000);
  const auto wide = ones(10'000);
  Prediction prediction;
  const auto loss = [&](double target) {
    member->predict(wide, prediction);
    return member->evaluate(target);
  };
  Forgetting forgetting(1);
  EXPECT_EQ(forgetting.measure(*member), std::nullopt) << "it knows of no time before";
  double sum = 0;
  for (int i = 1; i <= 16; ++i) {
    forgetting.observe(wide, i, false);
    sum += loss(i);
  }
  EXPECT_EQ(forgetting.measure(*member), std::nullopt) << "that is of now";
  forgetting.drifted();
  EXPECT_EQ(forgetting.loss(), std::nullopt);
  EXPECT_NEAR(forgetting.measure(*member).value(), sum / 16, 1e-9);
  EXPECT_EQ(forgetting.loss(), forgetting.measure(*member));
  // What is beyond all measure is left out.
  for (const int finite : {0, 1}) {
    Forgetting absurd(1);
    for (int i = 0; i < 16; ++i) absurd.observe(wide, i < finite ? 3 : 1e200, false);
    absurd.drifted();
    const auto measured = absurd.measure(*member);
    EXPECT_EQ(measured, finite == 0 ? std::nullopt : std::optional(loss(3)));
  }
}

}  // namespace
}  // namespace rekindle
