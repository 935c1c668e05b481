#include "model/initial.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NamedTensor tensor(std::string name, std::vector<std::size_t> shape) {
  std::size_t count = 1;
  for (const auto one : shape) count *= one;
  return {std::move(name), std::move(shape), std::vector<double>(count, 0.5)};
}

const ModelSpec mlp = {ModelKind::mlp, Rounding::none, {3, 2}, Activation::relu, 0, 1};

TEST(InitialWeights, MayBeOfSomeLayersOnly) {
  EXPECT_THAT(mistakes_in_initial(std::vector{tensor("hidden.1.weight", {2, 3}), tensor("hidden.1.bias", {2})}, mlp, 4, 1), IsEmpty());
  EXPECT_THAT(mistakes_in_initial({}, mlp, 4, 1), IsEmpty());
}

TEST(InitialWeights, OfAnotherShapeAreNamedByTheirLayer) {
  const std::vector tensors = {tensor("hidden.0.weight", {3, 5}), tensor("hidden.0.bias", {3}), tensor("output.weight", {3, 2}),
                               tensor("output.bias", {3})};
  EXPECT_THAT(mistakes_in_initial(tensors, mlp, 4, 1), ElementsAre("hidden.0.weight: has the shape [3, 5], the model wants [3, 4]",
                                                                   "output.weight: has the shape [3, 2], the model wants [1, 2]",
                                                                   "output.bias: has the shape [3], the model wants [1]"));
  EXPECT_THAT(mistakes_in_initial(tensors, mlp, std::nullopt, std::nullopt), IsEmpty());
}

TEST(InitialWeights, OfNoLayerAndWithoutTheirBiasAreMistakes) {
  const std::vector tensors = {tensor("hiden.0.weight", {3, 4}), tensor("hidden.1.weight", {2, 3})};
  EXPECT_THAT(mistakes_in_initial(tensors, mlp, 4, 1),
              ElementsAre("hiden.0.weight: this model has no such weights; did you mean \"hidden.0.weight\"? (it has hidden.0.weight, "
                          "hidden.0.bias, hidden.1.weight, hidden.1.bias, output.weight, output.bias)",
                          "hidden.1.bias: is missing beside hidden.1.weight"));
}

TEST(InitialWeights, MustHaveTheWeightOfABiasToo) {
  EXPECT_THAT(mistakes_in_initial(std::vector{tensor("hidden.0.bias", {3})}, mlp, 4, 1),
              ElementsAre("hidden.0.weight: is missing beside hidden.0.bias"));
  EXPECT_THAT(mistakes_in_initial(std::vector{tensor("output.bias", {1})}, {}, 4, 1),
              ElementsAre("output.weight: is missing beside output.bias"));
}

TEST(InitialWeights, ThatAreNotFiniteAreMistakes) {
  auto bad = tensor("output.bias", {1});
  bad.values[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(mistakes_in_initial(std::vector{tensor("output.weight", {1, 4}), bad}, {}, 4, 1),
              ElementsAre("output.bias: not all of its values are finite"));
}

// What a linear model has no use for, such as hidden layers, does not make it larger.
TEST(ModelSpec, CountsTheWeightsAndBiasesOfItsLayers) {
  EXPECT_EQ(parameter_count(mlp, 4, 1), 3U * 5 + 2U * 4 + 1U * 3);
  EXPECT_EQ(parameter_count(mlp, 0, 3), 3U * 1 + 2U * 4 + 3U * 3);
  auto linear = mlp;
  linear.kind = ModelKind::linear;
  EXPECT_EQ(parameter_count(linear, 4, 3), 3U * 5);
  EXPECT_THAT(layer_names(linear), ElementsAre("output"));
  EXPECT_THAT(layer_names(mlp), ElementsAre("hidden.0", "hidden.1", "output"));
  EXPECT_EQ(to_string(linear.kind), "linear");
  EXPECT_EQ(to_string(mlp.kind), "mlp");
}

TEST(ModelSpec, MakesTheModelItNames) {
  auto spec = mlp;
  EXPECT_EQ(make_model<double>(spec, {4, {}}, 1)->tensors().size(), 6U);
  spec.kind = ModelKind::linear;
  EXPECT_EQ(make_model<double>(spec, {4, {}}, 1)->tensors().size(), 2U);
}

}  // namespace
}  // namespace rekindle
