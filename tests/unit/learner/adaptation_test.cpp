#include "learner/adaptation.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;
using test::section_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Names = std::vector<std::string>;

Recipe named(const Names& features) {
  Recipe recipe;
  recipe.schema_features = features;
  return recipe;
}

// A learner that has learned three hundred samples of the features a, b and c.
Learner trained(Recipe recipe = {}) {
  if (recipe.schema_features.empty()) recipe.schema_features = {"a", "b", "c"};
  Learner learner(test::spec_of(recipe), recipe.schema_features);
  for (const auto& one : test::samples_of({.features = 3}, 300)) (void)test::learn(learner, one);
  return learner;
}

struct Taken {
  Learner learner;
  Status status;
  Names notes;
};

Taken take(const Learner& old, const Recipe& recipe, Names features = {"a", "b", "c"}) {
  auto full = recipe;
  if (full.schema_features.empty()) full.schema_features = features;
  Taken out{{test::spec_of(full), std::move(features)}, {}, {}};
  out.status = out.learner.restore(old.save(), out.notes);
  return out;
}

TEST(Adaptation, OfTheSameConfigurationKeepsAllAndSaysNothing) {
  const auto old = trained();
  const auto taken = take(old, {});
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.notes, IsEmpty());
  EXPECT_EQ(taken.learner.state_hash(), old.state_hash());
}

TEST(Adaptation, OfAChangedScheduleKeepsTheWeightsAndStartsIt) {
  const auto old = trained();
  Recipe recipe;
  recipe.schedule = "step";
  recipe.schedule_parameters = {{"step_size", 10.0}};
  recipe.lr = 0.5;
  const auto taken = take(old, recipe);
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.notes, ElementsAre("schedule: changed: weights kept, it starts anew"));
  EXPECT_EQ(test::weights_of(taken.learner), test::weights_of(old));
  EXPECT_EQ(section_of(taken.learner, "optimizer"), section_of(old, "optimizer"));
  EXPECT_EQ(taken.learner.lr(), 0.5);
  EXPECT_EQ(taken.learner.counters().restarts_total(), 0U);
}

TEST(Adaptation, OfAnotherOptimizerKeepsTheWeightsWithNewAccumulators) {
  const auto old = trained();
  Recipe recipe;
  recipe.optimizer = "adam";
  const auto taken = take(old, recipe);
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.notes, ElementsAre("optimizer: rmsprop becomes adam: weights kept, new accumulators"));
  EXPECT_EQ(test::weights_of(taken.learner), test::weights_of(old));
  recipe.schema_features = {"a", "b", "c"};
  EXPECT_EQ(section_of(taken.learner, "optimizer"), section_of(Learner(test::spec_of(recipe), {"a", "b", "c"}), "optimizer"));
}

TEST(Adaptation, OfAnotherOptimizerParameterKeepsTheAccumulators) {
  const auto old = trained();
  Recipe recipe;
  recipe.optimizer_parameters = {{"alpha", 0.9}};
  const auto taken = take(old, recipe);
  ASSERT_TRUE(taken.status);
  EXPECT_THAT(taken.notes, IsEmpty());
  EXPECT_EQ(section_of(taken.learner, "optimizer"), section_of(old, "optimizer"));
}

// The weight of each feature, and of the bias.
std::map<std::string, double> by_name(const Learner& learner) {
  std::map<std::string, double> out;
  const auto weights = test::weights_of(learner);
  for (std::size_t j = 0; j < learner.features().size(); ++j) out[learner.features()[j]] = weights[j];
  out["bias"] = weights.back();
  return out;
}

TEST(Adaptation, MatchesFeaturesByName) {
  const auto old = trained();
  const auto before = by_name(old);
  struct Row {
    Names features;
    Names notes;
  };
  for (const auto& [features, notes] : std::vector<Row>{
           {{"c", "a", "b"}, {}},
           {{"a", "b", "c", "d"}, {"feature d: new, starts at zero with fresh accumulators"}},
           {{"a", "c"}, {"feature b: no longer in the schema, its weights are dropped"}},
           {{"d", "c"},
            {"feature d: new, starts at zero with fresh accumulators", "feature a: no longer in the schema, its weights are dropped",
             "feature b: no longer in the schema, its weights are dropped"}}}) {
    SCOPED_TRACE(fmt::format("{}", fmt::join(features, ",")));
    auto taken = take(old, named(features), features);
    ASSERT_TRUE(taken.status) << taken.status.error().message;
    EXPECT_EQ(taken.notes, notes);
    const auto after = by_name(taken.learner);
    for (const auto& name : features) EXPECT_EQ(after.at(name), before.contains(name) ? before.at(name) : 0) << name;
    EXPECT_EQ(after.at("bias"), before.at("bias"));
    const auto at = std::ranges::find(features, "c") - features.begin();
    EXPECT_EQ(taken.learner.scaler().means()[static_cast<std::size_t>(at)], old.scaler().means()[2]);
    std::vector<double> values(features.size(), 0.5);
    (void)test::learn(taken.learner, test::sample(values, 1));
  }
}

// Reordered features are the same learner: it goes on as the old one does.
TEST(Adaptation, OfReorderedFeaturesChangesNoPrediction) {
  auto old = trained();
  auto taken = take(old, named({"c", "a", "b"}), {"c", "a", "b"});
  ASSERT_TRUE(taken.status);
  for (const auto& one : test::samples_of({.seed = 5, .features = 3}, 200)) {
    auto turned = one;
    turned.values = {one.values[2], one.values[0], one.values[1]};
    (void)test::learn(old, one);
    (void)test::learn(taken.learner, turned);
    ASSERT_NEAR(old.prediction().probabilities[1], taken.learner.prediction().probabilities[1], 1e-5);
  }
}

TEST(Adaptation, RefusesAnotherTaskOrPrecision) {
  struct Row {
    Recipe recipe;
    const char* message;
  };
  Recipe regression;
  regression.task = Task::regression;
  Recipe twofold;
  twofold.precision = Precision::float64;
  for (const auto& [recipe, message] :
       {Row{regression, "schema.task: the state was learned with binary, the configuration says regression"},
        {twofold, "model.precision: the state was learned with float32, the configuration says float64"}}) {
    const auto taken = take(trained(), recipe);
    ASSERT_FALSE(taken.status);
    EXPECT_EQ(taken.status.error().code, ErrorCode::configuration);
    EXPECT_EQ(taken.status.error().message,
              std::string(message) + "; start anew with --fresh (the old state is kept aside), or bring weights in with `rekindle import`");
  }
}

TEST(Adaptation, TakesPolicyAndBoundsAsTheyAre) {
  const auto old = trained();
  Recipe recipe;
  recipe.policy = "alarm";
  recipe.cooldown = 5;
  recipe.lr_max = 1e-4;
  recipe.validation_every = 7;
  const auto taken = take(old, recipe);
  ASSERT_TRUE(taken.status);
  EXPECT_THAT(taken.notes, IsEmpty());
  EXPECT_EQ(taken.learner.lr(), 1e-4);
  EXPECT_EQ(test::weights_of(taken.learner), test::weights_of(old));
}

TEST(Adaptation, OfAnotherScalingStartsItsStatisticsAnew) {
  Recipe recipe;
  recipe.scale = ScaleKind::none;
  const auto old = trained();
  const auto taken = take(old, recipe);
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.notes, ElementsAre("scaling: fading 0.001 becomes none: its statistics start anew"));
  EXPECT_EQ(test::weights_of(taken.learner), test::weights_of(old));
}

Recipe classes(const Names& names) {
  Recipe recipe;
  recipe.task = Task::multiclass;
  recipe.classes = names;
  return recipe;
}

Learner trained_classes() {
  auto recipe = classes({"x", "y"});
  recipe.schema_features = {"a"};
  Learner learner(test::spec_of(recipe), {"a"});
  for (int i = 0; i < 20; ++i) (void)test::learn(learner, test::sample({double(i % 5)}, i % 2 == 0 ? "x" : "y"));
  return learner;
}

TEST(Adaptation, TakesMoreClassesThanBefore) {
  const auto old = trained_classes();
  auto taken = take(old, classes({"x", "y", "z"}), {"a"});
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.notes, ElementsAre("classes: 1 more than before"));
  EXPECT_THAT(taken.learner.classes(), ElementsAre("x", "y", "z"));
  const auto before = old.champion().tensors()[0].values;
  EXPECT_EQ(taken.learner.champion().tensors()[0].values, (std::vector<double>{before[0], before[1], 0}));
  (void)test::learn(taken.learner, test::sample({1}, "z"));
}

TEST(Adaptation, RefusesClassesInAnotherOrderOrFewer) {
  for (const auto& names : {Names{"y", "x"}, Names{"x", "z"}, Names{"x", "z", "y"}}) {
    const auto taken = take(trained_classes(), classes(names), {"a"});
    ASSERT_FALSE(taken.status);
    EXPECT_EQ(taken.status.error().code, ErrorCode::configuration);
    EXPECT_THAT(taken.status.error().message,
                ::testing::HasSubstr("schema.classes: the state was learned with x, y; new classes may only follow them"));
  }
}

TEST(Adaptation, TakesTheClassesOfTheStateWhenNoneAreListedAnyMore) {
  auto taken = take(trained_classes(), classes({}), {"a"});
  ASSERT_TRUE(taken.status) << taken.status.error().message;
  EXPECT_THAT(taken.learner.classes(), ElementsAre("x", "y"));
  (void)test::learn(taken.learner, test::sample({1}, "z"));
  EXPECT_THAT(taken.learner.classes(), ElementsAre("x", "y", "z"));
}

TEST(Adaptation, FindsTheFeaturesOfTheStateByTheirConfiguredNames) {
  SavedShape saved;
  saved.features = {"a", "v[0]", "v[1]", "value"};
  saved.configured_features = {"a", "v", "value"};
  EXPECT_EQ(features_from_state(saved, {}), saved.features);
  EXPECT_EQ(features_from_state(saved, {"a", "v", "value"}), saved.features);
  EXPECT_EQ(features_from_state(saved, {"v", "a"}), (Names{"v[0]", "v[1]", "a"}));
  EXPECT_EQ(features_from_state(saved, {"a", "new"}), std::nullopt) << "whether it is an array only a record can tell";
}

Adaptation plan(const Recipe& before, const Recipe& now) {
  return plan_adaptation(shape_of(test::spec_of(before), {"a", "v[0]", "v[1]"}, {}), test::spec_of(now));
}

TEST(Adaptation, PlansToKeepWhatDidNotChange) {
  const auto same = plan({}, {});
  EXPECT_THAT(same.kept, ElementsAre("features: all 3 kept", "optimizer: rmsprop, accumulators kept", "schedule: goes on where it was"));
  EXPECT_THAT(same.changed, IsEmpty());
  EXPECT_THAT(same.refused, IsEmpty());
  const auto renamed = plan(named({"a", "v"}), named({"v", "value", "a"}));
  EXPECT_THAT(renamed.kept, ElementsAre("optimizer: rmsprop, accumulators kept", "schedule: goes on where it was"));
  EXPECT_THAT(renamed.changed, ElementsAre("feature value: new, starts at zero with fresh accumulators"));
  const auto fewer = plan(named({"a", "v"}), named({"a", "v[1]"}));
  EXPECT_THAT(fewer.changed, ElementsAre("feature v[0]: no longer in the schema, its weights are dropped"));
}

TEST(Adaptation, PlansAnotherMode) {
  Recipe full;
  full.mode = LearnerMode::portfolio;
  auto lite = full;
  lite.budget = PortfolioBudget::lite;
  const auto becomes = [](const Recipe& before, const Recipe& now) {
    const auto plans = plan(before, now);
    EXPECT_THAT(plans.kept, ElementsAre("features: all 3 kept"));
    EXPECT_THAT(plans.refused, IsEmpty());
    return plans.changed;
  };
  const std::string anew = ", with new accumulators; the schedule starts anew";
  EXPECT_THAT(becomes({}, full), ElementsAre("mode: single becomes portfolio full: each member starts from its weights" + anew));
  EXPECT_THAT(becomes(full, {}),
              ElementsAre("mode: portfolio full becomes single: the weights of the member that counts most are kept" + anew));
  EXPECT_THAT(becomes(lite, full),
              ElementsAre("mode: portfolio lite becomes portfolio full: the weights of the member that counts most are kept" + anew));
  EXPECT_THAT(plan(full, full).kept,
              ElementsAre("features: all 3 kept", "optimizer: portfolio, accumulators kept", "schedule: goes on where it was"));
}

TEST(Adaptation, PlansToRefuseAnotherModel) {
  const auto mlp = [](std::vector<std::size_t> hidden, Activation activation) {
    Recipe recipe;
    recipe.model = {ModelKind::mlp, Rounding::none, std::move(hidden), activation, 0, 1};
    return recipe;
  };
  const auto tanh = mlp({8}, Activation::tanh);
  EXPECT_THAT(plan({}, tanh).refused, ElementsAre("model.type: the state was learned with linear, the configuration says mlp"));
  EXPECT_THAT(plan({}, tanh).kept, IsEmpty());
  EXPECT_THAT(plan(tanh, mlp({8, 2}, Activation::tanh)).refused,
              ElementsAre("model.hidden: the state was learned with [8], the configuration says [8, 2]"));
  EXPECT_THAT(plan(tanh, mlp({8}, Activation::relu)).refused,
              ElementsAre("model.activation: the state was learned with tanh, the configuration says relu"));
  EXPECT_THAT(plan(tanh, tanh).refused, IsEmpty());
}

TEST(Adaptation, PlansToRefuseOtherSparseFeatures) {
  const auto hashed = [](unsigned bits) {
    Recipe recipe;
    recipe.sparse_coordinates = std::size_t{1} << bits;
    auto spec = test::spec_of(recipe);
    spec.categories.hash_bits = bits;
    return spec;
  };
  Recipe categories;
  categories.encoding = Encoding::onehot;
  const auto refused = [](const LearnerSpec& before, const LearnerSpec& now) {
    return plan_adaptation(shape_of(before, {}, {}), now).refused;
  };
  const auto dense = test::spec_of({});
  EXPECT_THAT(refused(hashed(9), hashed(9)), IsEmpty());
  EXPECT_THAT(
      refused(hashed(9), hashed(10)),
      ElementsAre("preprocess.hash_bits: the state was learned with 2^9 hashed features, the configuration says 2^10 hashed features"));
  const std::string keys = "source.format, schema.categorical, preprocess.encode: the state was learned with ";
  EXPECT_THAT(refused(dense, hashed(9)), ElementsAre(keys + "no sparse features, the configuration says 2^9 hashed features"));
  EXPECT_THAT(refused(hashed(9), dense), ElementsAre(keys + "2^9 hashed features, the configuration says no sparse features"));
  EXPECT_THAT(refused(hashed(9), test::spec_of(categories)),
              ElementsAre(keys + "2^9 hashed features, the configuration says one-hot categories"));
}

TEST(Adaptation, OfAnArrayTakesItsElementsAndNothingElse) {
  SavedShape saved;
  saved.features = {"v", "v[0]", "vv[0]", "v0"};
  saved.configured_features = {"v", "vv", "v0"};
  EXPECT_EQ(features_from_state(saved, {"v"}), (Names{"v", "v[0]"}));
  EXPECT_EQ(features_from_state(saved, {"vv"}), (Names{"vv[0]"}));
  EXPECT_EQ(features_from_state(saved, {"v["}), std::nullopt);
}

}  // namespace
}  // namespace rekindle
