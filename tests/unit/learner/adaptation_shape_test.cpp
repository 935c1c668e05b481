// What a state says that it was made for.
#include <gmock/gmock.h>

#include "learner/adaptation.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

using Names = std::vector<std::string>;

std::vector<Names> lists_of(const SavedShape& shape) { return {shape.features, shape.configured_features, shape.classes}; }
Names texts_of(const SavedShape& shape) {
  return {shape.task,      shape.model,    shape.hidden,  shape.activation, shape.precision,
          shape.optimizer, shape.schedule, shape.scaling, shape.sparse,     shape.mode};
}

TEST(Adaptation, FindsInTheStateWhatItWasMadeFor) {
  SavedShape shape;
  shape.task = "multiclass";
  shape.model = "mlp";
  shape.hidden = "[4, 2]";
  shape.activation = "relu";
  shape.precision = "float64";
  shape.features = {"a", "v[0]", "v[1]"};
  shape.configured_features = {"a", "v"};
  shape.classes = {"x", "y", "z"};
  shape.optimizer = "adam";
  shape.schedule = "step 5";
  shape.scaling = "none";
  shape.mode = "single";
  for (const auto* sparse : {"", "one-hot categories"}) {
    shape.sparse = sparse;
    auto section = save_shape(shape);
    const auto loaded = load_shape(std::vector{section});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(texts_of(*loaded), texts_of(shape));
    EXPECT_EQ(lists_of(*loaded), lists_of(shape));
    auto damaged = section;
    damaged.bytes.pop_back();
    ASSERT_FALSE(load_shape(std::vector{damaged}));
    EXPECT_EQ(load_shape(std::vector{damaged}).error().message, "section \"shape\" is damaged");
    section.bytes.push_back({});
    EXPECT_FALSE(load_shape(std::vector{section}));
  }
  EXPECT_EQ(load_shape({}).error().message, "the state has no section \"shape\"");
}

SavedShape shape(const Recipe& recipe) { return shape_of(test::spec_of(recipe), {"a"}, {}); }

TEST(Adaptation, NamesWhatALearnerIsMadeOf) {
  const auto linear = shape({});
  EXPECT_EQ(linear.task, "binary");
  EXPECT_EQ(linear.model, "linear");
  EXPECT_EQ(linear.hidden, "");
  EXPECT_EQ(linear.activation, "");
  EXPECT_EQ(linear.precision, "float32");
  EXPECT_EQ(linear.optimizer, "rmsprop");
  EXPECT_EQ(linear.scaling, "fading 0.001");
  EXPECT_EQ(linear.sparse, "");
  EXPECT_EQ(linear.mode, "single");
  Recipe recipe;
  recipe.model = {ModelKind::mlp, Rounding::none, {8, 4}, Activation::tanh, 0, 1};
  EXPECT_EQ(shape(recipe).model, "mlp");
  EXPECT_EQ(shape(recipe).hidden, "[8, 4]");
  EXPECT_EQ(shape(recipe).activation, "tanh");
  recipe.mode = LearnerMode::portfolio;
  EXPECT_EQ(shape(recipe).mode, "portfolio full");
  EXPECT_EQ(shape(recipe).optimizer, "portfolio");
  EXPECT_EQ(shape(recipe).schedule, "portfolio");
  recipe.budget = PortfolioBudget::lite;
  EXPECT_EQ(shape(recipe).mode, "portfolio lite");
}

// Means are kept without scaling too, where missing values are replaced by them.
TEST(Adaptation, NamesTheStatisticsThatAreKept) {
  const auto scaling = [](ScaleKind kind, MissingPolicy missing) {
    Recipe recipe;
    recipe.scale = kind;
    auto spec = test::spec_of(recipe);
    spec.schema.missing = missing;
    return shape_of(spec, {}, {}).scaling;
  };
  EXPECT_EQ(scaling(ScaleKind::none, MissingPolicy::reject), "none");
  EXPECT_EQ(scaling(ScaleKind::none, MissingPolicy::mean), "none (with means)");
  EXPECT_EQ(scaling(ScaleKind::standard, MissingPolicy::mean), "standard");
  EXPECT_EQ(scaling(ScaleKind::minmax, MissingPolicy::reject), "minmax");
  EXPECT_EQ(scaling(ScaleKind::fading, MissingPolicy::mean), "fading 0.001");
}

TEST(Adaptation, NamesHowSparseCoordinatesCameAbout) {
  Recipe recipe;
  recipe.encoding = Encoding::onehot;
  EXPECT_EQ(shape(recipe).sparse, "one-hot categories");
  recipe.encoding = Encoding::hash;
  EXPECT_EQ(shape(recipe).sparse, "categories hashed into 2^7");
  recipe.encoding = std::nullopt;
  recipe.sparse_coordinates = std::size_t{1} << 18U;
  EXPECT_EQ(shape(recipe).sparse, "2^18 hashed features");
}

}  // namespace
}  // namespace rekindle
