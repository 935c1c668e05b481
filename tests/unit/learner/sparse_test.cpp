// A learner over sparse features beside one over the same features as dense ones.
#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

// The same sample with its features at scattered coordinates.
Sample scattered(const Sample& dense) {
  static constexpr std::array<std::uint32_t, 4> places = {3, 77, 78, 255};
  Sample out = dense;
  out.values.clear();
  for (std::size_t j = 0; j < dense.values.size(); ++j) out.sparse.push_back({places[j], dense.values[j]});
  return out;
}

std::vector<Sample> stream(Task task) {
  auto samples = test::samples_of({.seed = 3, .features = 4, .noise = 0.05, .drifts = {600}, .changed = {}, .flip = true}, 1500);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (task == Task::multiclass) samples[i].label.number += i > 400 ? 1.0 : 0.0;
    if (task == Task::regression) {
      // With a rest that no line fits: where gradients vanish, RMSProp and its like only amplify the last digits.
      samples[i].label.number = samples[i].values[1] + samples[i].values[0] * samples[i].values[2];
    }
  }
  return samples;
}

void expect_the_same(Recipe recipe) {
  recipe.scale = ScaleKind::none;
  recipe.precision = Precision::float64;
  auto dense = test::learner_of(recipe, 4);
  recipe.sparse_coordinates = 256;
  auto sparse = test::learner_of(recipe, 0);
  for (const auto& one : stream(recipe.task)) {
    const auto expected = test::learn(dense, one);
    const auto outcome = test::learn(sparse, scattered(one));
    // The sums are taken in another order; RMSProp and its like divide by gradients that are near zero.
    ASSERT_NEAR(outcome.loss, expected.loss, 1e-6 * std::max(1.0, expected.loss)) << "sample " << dense.counters().samples;
    ASSERT_EQ(outcome.updated, expected.updated);
  }
  EXPECT_EQ(sparse.counters().updates, dense.counters().updates);
  EXPECT_EQ(sparse.incidents().total(), dense.incidents().total());
}

TEST(SparseLearner, LearnsWhatTheDenseOneDoesWithEveryOptimizer) {
  for (const auto& row : optimizers()) {
    for (const auto task : {Task::binary, Task::multiclass, Task::regression}) {
      SCOPED_TRACE(row.name + " " + to_string(task));
      Recipe recipe;
      recipe.task = task;
      recipe.optimizer = row.name;
      recipe.lr = 0.01;
      expect_the_same(recipe);
    }
  }
}

TEST(SparseLearner, LearnsWhatTheDenseOneDoesInBatchesAndWithPenalties) {
  for (const auto& row : optimizers()) {
    SCOPED_TRACE(row.name);
    Recipe recipe;
    recipe.optimizer = row.name;
    recipe.lr = 0.01;
    recipe.batch_size = 8;
    recipe.validation_every = 5;
    recipe.reset_every = 20;
    recipe.optimizer_parameters = {{"weight_decay", 0.01}, {"l1", 0.001}, {"clip_norm", 0.5}, {"clip_value", 0.4}};
    expect_the_same(recipe);
  }
}

// More weights than are near anyhow; the sample after each is named before it, some of them with coordinates that there are not yet.
TEST(SparseLearner, WhatIsExpectedChangesNothing) {
  for (const auto mode : {LearnerMode::single, LearnerMode::portfolio}) {
    for (const auto task : {Task::binary, Task::multiclass}) {
      SCOPED_TRACE(fmt::format("{} {}", to_string(task), mode == LearnerMode::single ? "single" : "portfolio"));
      Recipe recipe;
      recipe.mode = mode;
      recipe.task = task;
      recipe.scale = ScaleKind::none;
      recipe.sparse_coordinates = std::size_t{1} << 19;
      auto told = test::learner_of(recipe, 0);
      auto untold = test::learner_of(recipe, 0);
      auto samples = stream(task);
      samples.resize(500);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = scattered(samples[i]);
        samples[i].sparse.back().index = static_cast<std::uint32_t>(*recipe.sparse_coordinates - 250 + i);
      }
      for (std::size_t i = 0; i < samples.size(); ++i) {
        if (i + 1 < samples.size()) told.expect(samples[i + 1]);
        test::learn(told, samples[i]);
        test::learn(untold, samples[i]);
      }
      EXPECT_EQ(told.state_hash(), untold.state_hash());
    }
  }
}

TEST(SparseLearner, UndoesAStepThatIsNotFinite) {
  Recipe recipe;
  recipe.scale = ScaleKind::none;
  recipe.precision = Precision::float64;
  recipe.optimizer = "sgd";
  recipe.lr = 1e200;
  recipe.lr_max = 1e300;
  recipe.task = Task::regression;
  recipe.sparse_coordinates = 8;
  auto learner = test::learner_of(recipe, 0);
  auto sample = test::sample({}, 1e-200);
  sample.sparse = {{2, 1.0}, {5, 0.5}};
  EXPECT_TRUE(test::learn(learner, sample).updated);
  const auto before = test::weights_of(learner);
  EXPECT_NE(before[2], 0);
  sample.sparse = {{1, 1.0}, {2, 1.0}, {5, 1e120}};
  sample.label.number = 1;
  EXPECT_FALSE(test::learn(learner, sample).updated);
  EXPECT_EQ(learner.counters().nonfinite_updates, 1U);
  EXPECT_EQ(test::weights_of(learner), before);
}

}  // namespace
}  // namespace rekindle
