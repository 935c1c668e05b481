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

TEST(InitialWeights, ThatAreNotFiniteAreMistakes) {
  auto bad = tensor("output.bias", {1});
  bad.values[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(mistakes_in_initial(std::vector{tensor("output.weight", {1, 4}), bad}, {}, 4, 1),
              ElementsAre("output.bias: not all of its values are finite"));
}

}  // namespace
}  // namespace rekindle
