#include "model/sparse_layer.hpp"

#include <gmock/gmock.h>

#include "model/linear.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using Numbers = std::vector<double>;
using Indexes = std::vector<std::uint32_t>;

struct Sparse {
  Indexes index;
  Numbers value;
  [[nodiscard]] Input<double> input() const { return {{}, index, value}; }
};

Numbers scores(const SparseLayer<double>& layer, const Sparse& x, std::size_t outputs) {
  Numbers out(outputs, 0);
  layer.add_scores(x.input(), out);
  return out;
}

// Coordinate j of output k is j + 10 * k.
void fill(SparseLayer<double>& layer, std::size_t outputs) {
  const auto weights = layer.block().weights;
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<double>(i / outputs + 10 * (i % outputs));
}

TEST(SparseLayer, WeighsWhatIsThere) {
  SparseLayer<double> layer(8, 2);
  fill(layer, 2);
  EXPECT_THAT(scores(layer, {{1, 3}, {2, 0.5}}, 2), ElementsAre(2 + 1.5, 22 + 6.5));
  EXPECT_THAT(scores(layer, {{}, {}}, 2), ElementsAre(0, 0));
}

TEST(SparseLayer, IgnoresCoordinatesThatItDoesNotHaveYet) {
  SparseLayer<double> layer(2, 1);
  fill(layer, 1);
  EXPECT_THAT(scores(layer, {{1, 7}, {1, 1}}, 1), ElementsAre(1));
}

TEST(SparseLayer, HasTheGradientOfTheCoordinatesOfOneSample) {
  SparseLayer<double> layer(8, 2);
  layer.add_gradient(Sparse{{1, 3}, {2, 4}}.input(), Numbers{1, 10}, true);
  const auto block = layer.block();
  EXPECT_TRUE(block.sparse);
  EXPECT_THAT(block.index, ElementsAre(2, 3, 6, 7));
  EXPECT_THAT(block.gradient, ElementsAre(2, 20, 4, 40));
}

TEST(SparseLayer, AddsUpTheGradientsOfABatch) {
  SparseLayer<double> layer(8, 1);
  layer.add_gradient(Sparse{{1, 3}, {2, 4}}.input(), Numbers{1}, true);
  layer.add_gradient(Sparse{{0, 3, 7}, {1, 1, 1}}.input(), Numbers{10}, false);
  layer.add_gradient(Sparse{{0, 1}, {1, 1}}.input(), Numbers{100}, false);
  EXPECT_THAT(layer.block().index, ElementsAre(1, 3, 0, 7));
  EXPECT_THAT(layer.block().gradient, ElementsAre(102, 14, 110, 10));
  layer.add_gradient(Sparse{{7}, {1}}.input(), Numbers{1}, true);
  layer.add_gradient(Sparse{{0, 7}, {1, 1}}.input(), Numbers{1}, false);
  EXPECT_THAT(layer.block().index, ElementsAre(7, 0));
  EXPECT_THAT(layer.block().gradient, ElementsAre(2, 1)) << "nothing is left of the batch before";
}

TEST(SparseLayer, KeepsItsWeightsAndAHalfFilledBatchWhenItGrows) {
  SparseLayer<double> layer(3, 2);
  fill(layer, 2);
  layer.add_gradient(Sparse{{2}, {1}}.input(), Numbers{1, 10}, true);
  layer.grow(5);
  const auto map = layer.grow_outputs(3);
  EXPECT_THAT(map, ElementsAre(0, 1, -1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1));
  layer.add_gradient(Sparse{{2, 4}, {1, 1}}.input(), Numbers{1, 1, 1}, false);
  EXPECT_THAT(layer.block().index, ElementsAre(6, 7, 8, 12, 13, 14));
  EXPECT_THAT(layer.block().gradient, ElementsAre(2, 11, 1, 1, 1, 1));
  EXPECT_THAT(scores(layer, {{2, 4}, {1, 1}}, 3), ElementsAre(2, 12, 0));
  Numbers row;
  layer.append_row(1, row);
  EXPECT_THAT(row, ElementsAre(10, 11, 12, 0, 0));
}

TEST(SparseLayer, ReadsAStateWithMoreCoordinatesAndRefusesOneWithLess) {
  SparseLayer<double> small(2, 1);
  SparseLayer<double> large(3, 1);
  fill(large, 1);
  EXPECT_TRUE(test::load_from(test::saved(large), small));
  EXPECT_EQ(small.coordinates(), 3U);
  SparseLayer<double> larger(4, 1);
  EXPECT_FALSE(test::load_from(test::saved(large), larger));
}

TEST(LinearModel, AddsItsDenseAndItsSparsePartOnOneBias) {
  LinearModel<double> model({2, 4}, 1);
  const auto blocks = model.blocks();
  ASSERT_EQ(blocks.size(), 2U);
  std::ranges::copy(Numbers{1, 2, 0.5}, blocks[0].weights.begin());
  std::ranges::copy(Numbers{10, 20, 30, 40}, blocks[1].weights.begin());
  const Numbers dense = {1, 1};
  const Indexes index = {3};
  const Numbers value = {0.1};
  const Input<double> x = {dense, index, value};
  EXPECT_DOUBLE_EQ(model.forward(x)[0], 3.5 + 4);
  model.backward(x, Numbers{2}, true);
  EXPECT_THAT(model.blocks()[0].gradient, ElementsAre(2, 2, 2));
  EXPECT_THAT(model.blocks()[1].gradient, ElementsAre(0.2));
  const auto tensors = model.tensors();
  EXPECT_THAT(tensors[0].shape, ElementsAre(1, 6));
  EXPECT_THAT(tensors[0].values, ElementsAre(1, 2, 10, 20, 30, 40));
  EXPECT_THAT(tensors[1].values, ElementsAre(0.5));
}

}  // namespace
}  // namespace rekindle
