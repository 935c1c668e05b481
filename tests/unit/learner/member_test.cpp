#include "learner/member.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "learner/controls.hpp"
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

// A member by itself, in double precision, with plain steps of a constant rate.
test::Recipe plain(Task task, double lr = 0.1) {
  test::Recipe recipe;
  recipe.task = task;
  recipe.precision = Precision::float64;
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.lr = lr;
  return recipe;
}

std::unique_ptr<Member> member_of(const test::Recipe& recipe, std::size_t features, std::size_t classes = 0) {
  const auto spec = test::spec_of(recipe);
  return make_member(spec.member, recipe.task, spec.inputs(features), classes, recipe.batch_size);
}

Features features_of(std::vector<double> values, std::vector<SparseEntry> sparse = {}) {
  Features x;
  std::ranges::copy(values, x.resize<double>(values.size()).begin());
  x.set_sparse<double>(sparse);
  return x;
}

// Predicts and learns; the clock counts the updates.
Lesson teach(Member& member, const Features& x, double target, StepClock& now) {
  Prediction prediction;
  member.predict(x, prediction);
  const auto lesson = member.learn(x, target, 1, now);
  ++now.samples;
  if (lesson.updated) ++now.updates;
  return lesson;
}

double predicted(Member& member, const Features& x) {
  Prediction prediction;
  member.predict(x, prediction);
  return prediction.value;
}

template <class Save>
std::vector<std::byte> bytes_of(Save save) {
  ByteWriter out;
  save(out);
  return {out.bytes().begin(), out.bytes().end()};
}
std::vector<std::byte> model_of(const Member& member) {
  return bytes_of([&](ByteWriter& out) { member.save_model(out); });
}
std::vector<std::byte> controls_of(const Member& member) {
  return bytes_of([&](ByteWriter& out) { member.save_controls(out); });
}

TEST(Member, GivesTwoProbabilitiesForTwoClassesAndNoneForANumber) {
  const auto count = [](Task task, std::size_t classes) {
    Prediction prediction{0, {1, 2, 3, 4, 5}};
    member_of(plain(task), 2, classes)->predict(features_of({1, 2}), prediction);
    return prediction.probabilities.size();
  };
  EXPECT_EQ(count(Task::regression, 0), 0U);
  EXPECT_EQ(count(Task::binary, 0), 2U);
  EXPECT_EQ(count(Task::multiclass, 3), 3U);
  EXPECT_EQ(count(Task::multiclass, 0), 1U) << "room for the first";
}

TEST(Member, GivesItsWeightsAndTakesThemBack) {
  StepClock now;
  const auto one = member_of(plain(Task::regression), 3);
  (void)teach(*one, features_of({1, 2, 3}), 5, now);
  EXPECT_EQ(one->parameters(), 4U) << "of three features and the bias";
  std::vector<double> weights;
  one->append_weights(weights);
  EXPECT_THAT(weights, testing::ElementsAre(1, 2, 3, 1)) << "0.1 * 2 * 5 * x";
  weights.push_back(77);
  const auto other = member_of(plain(Task::regression), 3);
  std::span<const double> from(weights);
  other->take_weights(from);
  EXPECT_THAT(from, testing::ElementsAre(77)) << "the rest is another's";
  EXPECT_EQ(predicted(*other, features_of({1, 2, 3})), 1 + 4 + 9 + 1);
}

TEST(Member, IsSavedAndLoadedWhole) {
  for (const auto task : {Task::regression, Task::binary, Task::multiclass}) {
    auto recipe = plain(task);
    recipe.batch_size = 3;
    StepClock now;
    const auto one = member_of(recipe, 2, 3);
    for (int i = 0; i < 5; ++i) (void)teach(*one, features_of({1.0 + i, -2}), i % 2, now);
    const auto other = member_of(recipe, 2, 3);
    const auto bytes = model_of(*one);
    ByteReader in(bytes);
    other->load_model(in);
    EXPECT_TRUE(in.ok() && in.at_end()) << to_string(task);
    EXPECT_EQ(model_of(*other), bytes) << "the half of a batch too";
  }
}

TEST(Member, TakesTheAccumulatorsOfItsOwnOptimizer) {
  const auto optimizer_of = [](const Member& member) { return bytes_of([&](ByteWriter& out) { member.save_optimizer(out); }); };
  auto recipe = plain(Task::regression);
  recipe.optimizer = "momentum";
  StepClock now;
  const auto one = member_of(recipe, 2);
  (void)teach(*one, features_of({1, -2}), 3, now);
  const auto bytes = optimizer_of(*one);
  const auto same = member_of(recipe, 2);
  ByteReader in(bytes);
  same->load_optimizer(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(optimizer_of(*same), bytes);
  recipe.optimizer = "adagrad";
  const auto other = member_of(recipe, 2);
  const auto as_new = optimizer_of(*other);
  ByteReader again(bytes);
  other->load_optimizer(again);
  EXPECT_EQ(optimizer_of(*other), as_new) << "what another one kept says nothing to it";
}

TEST(Member, RefusesAModelOfAnotherNumberOfOutputsWhereClassesDoNotCome) {
  const auto bytes = model_of(*member_of(plain(Task::multiclass), 2, 3));
  const auto loads = [&](Task task) {
    const auto member = member_of(plain(task), 2, 1);
    ByteReader in(bytes);
    member->load_model(in);
    return in.ok();
  };
  EXPECT_FALSE(loads(Task::regression));
  EXPECT_FALSE(loads(Task::binary));
  EXPECT_TRUE(loads(Task::multiclass)) << "it had one class and has three";
}

// The good state that the guard goes back to is dropped only where the model has another shape.
TEST(Member, KeepsItsGoodStateWhereNoClassComes) {
  StepClock now;
  const auto member = member_of(plain(Task::multiclass), 2, 3);
  (void)teach(*member, features_of({1, 2}), 1, now);
  const auto before = controls_of(*member);
  member->grow_classes(3);
  EXPECT_EQ(controls_of(*member), before);
  member->grow_classes(4);
  EXPECT_LT(controls_of(*member).size(), before.size());
}

// The accumulators of the classes that were there stay, and the new one has its own.
TEST(Member, TakesAClassInWithItsOptimizer) {
  auto recipe = plain(Task::multiclass);
  recipe.optimizer = "momentum";
  StepClock now;
  const auto member = member_of(recipe, 1, 2);
  (void)teach(*member, features_of({1}), 0, now);
  member->grow_classes(3);
  // Plain momentum goes on by 0.9 of the step before, 0.1 / 2, where there is no gradient.
  Prediction prediction;
  member->predict(features_of({0}), prediction);
  (void)member->learn(features_of({0}), 0, 0, now);
  std::vector<double> weights;
  member->append_weights(weights);
  const auto near = [](double value) { return testing::DoubleNear(value, 1e-15); };
  EXPECT_THAT(weights, testing::ElementsAre(near(0.095), near(0.095), near(-0.095), near(-0.095), 0, 0));
}

TEST(Member, TellsTheGradientOfItsLastUpdateUntilAnotherBatchBegins) {
  auto recipe = plain(Task::regression);
  recipe.batch_size = 2;
  StepClock now;
  const auto member = member_of(recipe, 1);
  const auto norm = [&] { return member->layers(now).front().gradient_norm; };
  EXPECT_EQ(norm(), std::nullopt);
  (void)teach(*member, features_of({0}), 3, now);
  EXPECT_EQ(norm(), std::nullopt);
  (void)teach(*member, features_of({0}), 3, now);
  EXPECT_EQ(norm(), 6);
  (void)teach(*member, features_of({0}), 3, now);
  EXPECT_EQ(norm(), std::nullopt) << "a gradient that is half of the next";
}

TEST(Member, GrowsByTheCoordinatesThatCome) {
  auto recipe = plain(Task::regression);
  recipe.sparse_coordinates = 0;
  StepClock now;
  const auto member = member_of(recipe, 1);
  const auto x = features_of({1}, {{0, 1}, {2, 1}});
  (void)teach(*member, x, 5, now);
  EXPECT_EQ(member->parameters(), 2 + 3U) << "the highest coordinate is 2";
  const auto before = controls_of(*member);
  (void)predicted(*member, x);
  EXPECT_EQ(controls_of(*member), before) << "none is new";
  (void)predicted(*member, features_of({1}, {{3, 1}}));
  EXPECT_EQ(member->parameters(), 2 + 4U);
  EXPECT_LT(controls_of(*member).size(), before.size()) << "the good state had one less";
}

TEST(Member, LearnsOnWithItsFeaturesRearranged) {
  auto recipe = plain(Task::regression, 0.01);
  recipe.optimizer = "momentum";
  recipe.batch_size = 2;
  StepClock now;
  StepClock other_now;
  const auto one = member_of(recipe, 2);
  const auto other = member_of(recipe, 3);
  for (int i = 0; i < 6; ++i) {
    (void)teach(*one, features_of({1.0 + i, -2}), i, now);
    (void)teach(*other, features_of({0, -2, 1.0 + i}), i, other_now);
  }
  one->remap_features({-1, 1, 0});
  for (int i = 0; i < 6; ++i) {
    const auto x = features_of({0.5, 1.0 + i, -1});
    EXPECT_EQ(predicted(*one, x), predicted(*other, x)) << i;
    (void)teach(*one, x, i, now);
    (void)teach(*other, x, i, other_now);
  }
}

TEST(Member, BeginsItsBatchAnewWhereTheFeaturesAreOthers) {
  auto recipe = plain(Task::regression);
  recipe.batch_size = 3;
  StepClock now;
  const auto member = member_of(recipe, 1);
  EXPECT_FALSE(teach(*member, features_of({1}), 100, now).updated);
  member->remap_features({0});
  std::string updated;
  for (int i = 0; i < 6; ++i) updated += teach(*member, features_of({1}), 0, now).updated ? 'u' : '.';
  EXPECT_EQ(updated, "..u..u");
  EXPECT_EQ(predicted(*member, features_of({1})), 0) << "the gradient of before is gone";
}

TEST(Member, ForgetsItsMomentumAfterAStepThatWasNotFinite) {
  auto recipe = plain(Task::regression, 1e300);
  recipe.optimizer = "momentum";
  recipe.lr_max = 1e300;
  StepClock now;
  const auto member = member_of(recipe, 1);
  EXPECT_TRUE(teach(*member, features_of({1}), 0, now).updated);
  EXPECT_TRUE(teach(*member, features_of({1}), 1e100, now).skipped);
  const auto lesson = teach(*member, features_of({1}), 0, now);
  EXPECT_TRUE(lesson.updated) << "there is no gradient, and none is left of the one before";
  EXPECT_EQ(predicted(*member, features_of({1})), 0);
}

TEST(Member, KnowsTheLossOfKnowingNothingFromEveryNumber) {
  StepClock now;
  const auto member = member_of(plain(Task::regression, 0.001), 1);
  for (int i = 0; i < 16; ++i) (void)teach(*member, features_of({1}), i % 4 == 0 ? 10 : 2, now);
  EXPECT_DOUBLE_EQ(member->controls().guard.ignorant_loss(), (100.0 + 3 * 4) / 4);
}

TEST(Member, KeepsNoLossOfABatchThatIsLearned) {
  auto recipe = plain(Task::regression);
  recipe.batch_size = 2;
  StepClock now;
  const auto member = member_of(recipe, 1);
  EXPECT_FALSE(teach(*member, features_of({1}), 3, now).updated);
  EXPECT_EQ(member->controls().batch_loss, 9);
  EXPECT_TRUE(teach(*member, features_of({1}), 3, now).updated);
  EXPECT_EQ(member->controls().batch_loss, 0);
}

// However small the numbers are: what counts is how much the weights have grown, not how large they are.
TEST(Member, IsBroughtBackWhileItsWeightsAreStillSmall) {
  Random random(12);
  StepClock now;
  const auto member = member_of(plain(Task::regression, 0.45), 4);
  double largest = 0;
  bool diverged = false;
  for (int i = 0; i < 500 && !diverged; ++i) {
    std::vector<double> x(4);
    for (auto& value : x) value = random.normal();
    diverged = teach(*member, features_of(x), 1e-6 * (x[0] - 2 * x[1]), now).diverged;
    std::vector<double> weights;
    member->append_weights(weights);
    for (const double weight : weights) largest = std::max(largest, std::abs(weight));
  }
  EXPECT_TRUE(diverged);
  EXPECT_LT(largest, 0.01);
}

TEST(Member, LearnsNothingForAThousandUpdatesAfterItsThirdDivergence) {
  Random random(13);
  auto learner = test::learner_of(plain(Task::regression, 24), 4);
  const auto next = [&] {
    std::vector<double> x(4);
    for (auto& value : x) value = random.normal();
    return test::sample(x, x[0] - 2 * x[1]);
  };
  std::uint64_t before = 0;
  std::string events;
  for (int i = 0; i < 5000 && events.find("hold") == std::string::npos; ++i) {
    before = learner.counters().updates;
    (void)test::learn(learner, next());
    events = test::events_of(learner);
  }
  ASSERT_NE(events.find("hold"), std::string::npos);
  while (learner.lr() == 0 && learner.counters().updates < 10'000) (void)test::learn(learner, next());
  EXPECT_EQ(learner.counters().updates, before + 1000);
}

}  // namespace
}  // namespace rekindle
