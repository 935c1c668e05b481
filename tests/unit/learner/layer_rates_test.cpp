#include "learner/layer_rates.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;
using ::testing::ElementsAre;

Recipe recipe_with(std::vector<LayerSpec> layers) {
  Recipe recipe;
  recipe.model = {ModelKind::mlp, Rounding::none, {4, 3}, Activation::tanh, 0, 1};
  recipe.layers = std::move(layers);
  recipe.optimizer = "sgd";
  recipe.schedule = "constant";
  recipe.schedule_parameters = {};
  recipe.precision = Precision::float64;
  recipe.policy = "none";
  return recipe;
}

LayerSpec layer(std::string name) {
  LayerSpec out;
  out.name = std::move(name);
  return out;
}

// What `set` makes of three blocks at `update`, each as "rate" or "frozen"; the learner's rate is 0.1.
std::vector<std::string> rates_at(std::uint64_t update, const std::vector<LayerSpec>& layers) {
  const LayerRates rates(test::spec_of(recipe_with(layers)).member);
  std::vector<ParameterBlock<double>> blocks(3);
  StepClock now;
  now.updates = update;
  const double rate = rates.set(std::span(blocks), 0.1, now);
  std::vector<std::string> out;
  for (const auto& block : blocks) out.push_back(block.frozen ? "frozen" : fmt::format("{:.4g}", rate * block.rate_multiplier));
  return out;
}

TEST(LayerRates, MultiplyTheRateOfTheLayersThatAreNamed) {
  auto slow = layer("hidden.0");
  slow.lr_multiplier = 0.5;
  auto none = layer("output");
  none.lr_multiplier = 0;
  EXPECT_THAT(rates_at(0, {slow, none}), ElementsAre("0.05", "0.1", "frozen"));
  EXPECT_TRUE(LayerRates(test::spec_of(recipe_with({})).member).empty());
}

TEST(LayerRates, ThawAtTheirUpdateWithABumpThatFades) {
  auto backbone = layer("hidden.0");
  backbone.frozen = true;
  auto later = layer("hidden.1");
  later.frozen = true;
  later.unfreeze_at = 100;
  later.unfreeze_bump = 3;
  later.unfreeze_bump_updates = 10;
  const std::vector both = {backbone, later};
  EXPECT_THAT(rates_at(99, both), ElementsAre("frozen", "frozen", "0.1"));
  EXPECT_THAT(rates_at(100, both), ElementsAre("frozen", "0.3", "0.1"));
  EXPECT_THAT(rates_at(105, both), ElementsAre("frozen", "0.2", "0.1"));
  EXPECT_THAT(rates_at(110, both), ElementsAre("frozen", "0.1", "0.1"));
}

TEST(LayerRates, FollowAScheduleOfTheirOwn) {
  auto own = layer("hidden.1");
  own.lr_multiplier = 2;
  own.schedule.emplace();
  own.schedule->lr = 1;
  own.schedule->schedule = test::choose(schedules(), "exponential", test::table({{"gamma", 0.5}}));
  EXPECT_THAT(rates_at(0, {own}), ElementsAre("0.1", "2", "0.1"));
  EXPECT_THAT(rates_at(3, {own}), ElementsAre("0.1", "0.25", "0.1"));
}

TEST(LayerRates, ThawAtTheFirstUpdateToo) {
  auto later = layer("hidden.0");
  later.frozen = true;
  later.unfreeze_at = 1;
  later.unfreeze_bump = 3;
  later.unfreeze_bump_updates = 2;
  EXPECT_THAT(rates_at(0, {later}), ElementsAre("frozen", "0.1", "0.1"));
  EXPECT_THAT(rates_at(1, {later}), ElementsAre("0.3", "0.1", "0.1"));
  EXPECT_THAT(rates_at(2, {later}), ElementsAre("0.2", "0.1", "0.1"));
  later.unfreeze_bump_updates = 0;
  EXPECT_THAT(rates_at(1, {later}), ElementsAre("0.1", "0.1", "0.1")) << "no update to be bumped in";
}

std::vector<double> multipliers_of(const LayerRates& rates, std::uint64_t update) {
  std::vector<ParameterBlock<double>> blocks(3);
  StepClock now;
  now.updates = update;
  (void)rates.set(std::span(blocks), 0.1, now);
  std::vector<double> out;
  for (const auto& block : blocks) out.push_back(block.rate_multiplier);
  return out;
}

TEST(LayerRates, AreNothingWhereALayerIsFrozen) {
  auto fixed = layer("hidden.1");
  fixed.frozen = true;
  EXPECT_THAT(multipliers_of(LayerRates(test::spec_of(recipe_with({fixed})).member), 7), ElementsAre(1, 0, 1));
}

LayerSpec halving(const std::string& name) {
  auto own = layer(name);
  own.schedule.emplace();
  own.schedule->lr = 1;
  own.schedule->schedule = test::choose(schedules(), "exponential", test::table({{"gamma", 0.5}}));
  return own;
}

LayerRates rates_of(std::vector<LayerSpec> layers) { return LayerRates(test::spec_of(recipe_with(std::move(layers))).member); }

void load(LayerRates& rates, const std::vector<std::byte>& bytes, std::uint64_t update) {
  ByteReader in(bytes);
  StepClock now;
  now.updates = update;
  rates.load(in, now);
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(LayerRates, GoOnFromASaveByTheirNames) {
  auto saving = rates_of({halving("hidden.1"), halving("output")});
  StepClock now;
  now.updates = 2;
  saving.restart(now, 0);
  EXPECT_THAT(multipliers_of(saving, 3), ElementsAre(0.1, 0.5, 0.5));
  const auto bytes = test::saved(saving);

  auto same = rates_of({halving("hidden.1"), halving("output")});
  load(same, bytes, 3);
  EXPECT_THAT(multipliers_of(same, 3), ElementsAre(0.1, 0.5, 0.5));
  // One has lost its schedule, one is new and begins at its first update with its whole rate.
  auto other = rates_of({halving("hidden.0"), halving("output")});
  load(other, bytes, 3);
  EXPECT_THAT(multipliers_of(other, 3), ElementsAre(1, 0.1, 0.5));
  EXPECT_THAT(multipliers_of(other, 4), ElementsAre(0.5, 0.1, 0.25));
}

// The weights of each layer, as text, so that a change shows.
std::vector<std::string> layers_of(const Learner& learner) {
  std::vector<std::string> out;
  const auto tensors = learner.champion().tensors();
  for (std::size_t i = 0; i < tensors.size(); i += 2)
    out.push_back(fmt::format("{} {}", fmt::join(tensors[i].values, " "), fmt::join(tensors[i + 1].values, " ")));
  return out;
}

TEST(FrozenLayers, StayAsTheyAreUntilTheyThaw) {
  auto first = layer("hidden.0");
  first.frozen = true;
  auto second = layer("hidden.1");
  second.frozen = true;
  second.unfreeze_at = 50;
  for (const auto& optimizer : {"sgd", "adamw", "ftrl"}) {
    auto recipe = recipe_with({first, second});
    recipe.optimizer = optimizer;
    recipe.optimizer_parameters = {{"weight_decay", 0.01}, {"clip_norm", 1.0}};
    auto learner = test::learner_of(recipe, 3);
    const auto start = layers_of(learner);
    const auto samples = test::samples_of({.features = 3}, 51);
    for (std::size_t i = 0; i < 50; ++i) (void)test::learn(learner, samples[i]);
    const auto middle = layers_of(learner);
    EXPECT_EQ(middle[0], start[0]) << optimizer;
    EXPECT_EQ(middle[1], start[1]) << optimizer;
    EXPECT_NE(middle[2], start[2]) << optimizer;
    (void)test::learn(learner, samples[50]);
    EXPECT_EQ(layers_of(learner)[0], start[0]) << optimizer;
    EXPECT_NE(layers_of(learner)[1], start[1]) << optimizer;
  }
}

// Adam's first step on a layer is about its learning rate, whenever that layer begins.
TEST(FrozenLayers, BeginWithABiasCorrectionOfTheirOwn) {
  auto late = layer("hidden.0");
  late.frozen = true;
  late.unfreeze_at = 500;
  auto recipe = recipe_with({late});
  recipe.optimizer = "adam";
  recipe.lr = 0.001;
  auto learner = test::learner_of(recipe, 3);
  const auto samples = test::samples_of({.features = 3}, 501);
  for (std::size_t i = 0; i < 500; ++i) (void)test::learn(learner, samples[i]);
  const auto before = learner.champion().tensors()[0].values;
  (void)test::learn(learner, samples[500]);
  const auto after = learner.champion().tensors()[0].values;
  for (std::size_t j = 0; j < before.size(); ++j) EXPECT_NEAR(std::abs(after[j] - before[j]), 0.001, 1e-5);
}

TEST(FrozenLayers, WorkForALinearModelToo) {
  auto output = layer("output");
  output.frozen = true;
  auto recipe = recipe_with({output});
  recipe.model = {};
  auto learner = test::learner_of(recipe, 3);
  for (const auto& one : test::samples_of({.features = 3}, 20)) (void)test::learn(learner, one);
  EXPECT_THAT(test::weights_of(learner), ::testing::Each(0));
}

TEST(LayerWeightDecay, TakesThePlaceOfTheOptimizers) {
  for (const auto& optimizer : {"sgd", "adamw", "lion"}) {
    auto decayed = layer("hidden.0");
    decayed.weight_decay = 0.5;
    auto recipe = recipe_with({decayed});
    recipe.optimizer = optimizer;
    recipe.optimizer_parameters = {{"weight_decay", 0.0}};
    recipe.lr = 0.01;
    auto plain = recipe;
    plain.layers.clear();
    auto learner = test::learner_of(recipe, 3);
    auto other = test::learner_of(plain, 3);
    const auto one = test::samples_of({.features = 3}, 1)[0];
    (void)test::learn(learner, one);
    (void)test::learn(other, one);
    EXPECT_NE(layers_of(learner)[0], layers_of(other)[0]) << optimizer;
    EXPECT_EQ(layers_of(learner)[1], layers_of(other)[1]) << optimizer;
    EXPECT_EQ(layers_of(learner)[2], layers_of(other)[2]) << optimizer;
  }
}

TEST(LayerRates, AreWhatALearnerReports) {
  auto slow = layer("hidden.0");
  slow.lr_multiplier = 0.5;
  auto still = layer("output");
  still.frozen = true;
  auto recipe = recipe_with({slow, still});
  const auto learner = test::learner_of(recipe, 2);
  std::vector<double> reported;
  for (const auto& one : learner.champion().layers({})) reported.push_back(one.lr);
  EXPECT_THAT(reported, ElementsAre(learner.lr() / 2, learner.lr(), 0));
}

}  // namespace
}  // namespace rekindle
