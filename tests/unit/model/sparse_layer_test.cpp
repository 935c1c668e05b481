#include "model/sparse_layer.hpp"

#include <gmock/gmock.h>

#include <limits>

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

TEST(SparseLayer, IgnoresTheFirstCoordinateThatItDoesNotHaveWhateverItsValue) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::size_t outputs : {1U, 3U}) {
    SparseLayer<double> layer(3, outputs);
    fill(layer, outputs);
    EXPECT_EQ(scores(layer, {{2, 3}, {1, nan}}, outputs)[0], 2) << outputs;
  }
}

// A sample is a part of a longer array; what lies behind it, or behind its slopes, belongs to others.
TEST(SparseLayer, SeesASampleAndNothingBehindIt) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Indexes index = {1, 2, 4, 5};
  const Numbers value = {2, 0.5, -1, nan};
  const Input<double> x = {{}, std::span<const std::uint32_t>(index).first(3), std::span<const double>(value).first(3)};
  const Numbers all_slopes = {1, 10, 100, -1, -10, nan};
  for (const std::size_t outputs : {1U, 2U, 3U, 5U}) {
    SparseLayer<double> layer(8, outputs);
    fill(layer, outputs);
    const auto slopes = std::span<const double>(all_slopes).first(outputs);
    Numbers out(outputs, 0);
    layer.add_scores(x, out);
    for (std::size_t k = 0; k < outputs; ++k) EXPECT_EQ(out[k], 2 * 1 + 0.5 * 2 - 4 + 10 * static_cast<double>(k) * 1.5) << outputs;
    for (const bool first : {true, false}) {
      layer.add_gradient(x, slopes, first);
      const auto block = layer.block();
      ASSERT_EQ(block.gradient.size(), 3 * outputs) << outputs;
      ASSERT_EQ(block.index.size(), 3 * outputs) << outputs;
      for (std::size_t at = 0; at < 3 * outputs; ++at) {
        const std::size_t i = at / outputs;
        const std::size_t k = at % outputs;
        EXPECT_EQ(block.index[at], index[i] * outputs + k) << outputs;
        EXPECT_EQ(block.gradient[at], (first ? 1 : 2) * slopes[k] * value[i]) << outputs;
      }
    }
  }
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

// The batch before left coordinate 3 in the second place, which is free again.
TEST(SparseLayer, FindsACoordinateMissingThatOnlyTheBatchBeforeHad) {
  SparseLayer<double> layer(8, 1);
  layer.add_gradient(Sparse{{1, 3}, {1, 1}}.input(), Numbers{1}, true);
  layer.add_gradient(Sparse{{1, 3}, {1, 1}}.input(), Numbers{1}, false);
  layer.add_gradient(Sparse{{1}, {1}}.input(), Numbers{1}, true);
  layer.add_gradient(Sparse{{3}, {1}}.input(), Numbers{1}, false);
  EXPECT_THAT(layer.block().index, ElementsAre(1, 3));
  EXPECT_THAT(layer.block().gradient, ElementsAre(1, 1));
}

TEST(SparseLayer, KnowsTheCoordinatesThatCameWithinABatchAgain) {
  SparseLayer<double> layer(3, 1);
  layer.add_gradient(Sparse{{0}, {1}}.input(), Numbers{1}, true);
  layer.add_gradient(Sparse{{0}, {1}}.input(), Numbers{1}, false);
  layer.grow(4);
  layer.add_gradient(Sparse{{3}, {1}}.input(), Numbers{1}, false);
  layer.grow(9);
  layer.add_gradient(Sparse{{8}, {1}}.input(), Numbers{1}, false);
  layer.add_gradient(Sparse{{3, 8}, {1, 1}}.input(), Numbers{1}, false);
  EXPECT_THAT(layer.block().index, ElementsAre(0, 3, 8));
  EXPECT_THAT(layer.block().gradient, ElementsAre(2, 2, 2));
}

TEST(SparseLayer, TakesTheFirstWeightsOfAnOutputOnly) {
  SparseLayer<double> layer(3, 2);
  fill(layer, 2);
  const Numbers row = {7, 8, 9};
  layer.assign_row(1, std::span<const double>(row).first(2));
  EXPECT_THAT(layer.block().weights, ElementsAre(0, 7, 1, 8, 2, 12));
}

TEST(SparseLayer, GoesOnWithASavedBatch) {
  SparseLayer<double> whole(5, 2);
  whole.add_gradient(Sparse{{1, 3}, {2, 4}}.input(), Numbers{1, 10}, true);
  SparseLayer<double> parts(5, 2);
  ByteWriter out;
  whole.save_gradient(out);
  ByteReader in(out.bytes());
  parts.load_gradient(in);
  ASSERT_TRUE(in.ok());
  for (auto* one : {&whole, &parts}) {
    one->add_gradient(Sparse{{0, 3}, {1, 1}}.input(), Numbers{1, 1}, false);
    EXPECT_THAT(one->block().index, ElementsAre(2, 3, 6, 7, 0, 1));
    EXPECT_THAT(one->block().gradient, ElementsAre(2, 20, 5, 41, 1, 1));
  }
}

TEST(SparseLayer, RefusesABatchThatIsNotItsOwn) {
  const auto is_taken = [](const Indexes& touched, const Numbers& gradient) {
    ByteWriter out;
    out.put_array(touched);
    out.put_array(gradient);
    SparseLayer<double> layer(3, 2);
    ByteReader in(out.bytes());
    layer.load_gradient(in);
    if (!in.ok()) {
      EXPECT_TRUE(layer.block().gradient.empty());
      EXPECT_TRUE(layer.block().index.empty());
    }
    return in.ok();
  };
  EXPECT_TRUE(is_taken({0, 2}, {1, 2, 3, 4}));
  EXPECT_TRUE(is_taken({}, {}));
  EXPECT_FALSE(is_taken({0, 3}, {1, 2, 3, 4})) << "no such coordinate";
  EXPECT_FALSE(is_taken({3, 0}, {1, 2, 3, 4})) << "no such coordinate";
  EXPECT_FALSE(is_taken({0, 2}, {1, 2, 3})) << "half a coordinate";
}

TEST(SparseLayer, RefusesAStateWithHalfACoordinate) {
  const auto is_taken = [](const Numbers& weights) {
    ByteWriter out;
    out.put_array(weights);
    SparseLayer<double> layer(2, 2);
    ByteReader in(out.bytes());
    layer.load(in);
    return in.ok();
  };
  EXPECT_TRUE(is_taken({1, 2, 3, 4}));
  EXPECT_TRUE(is_taken({1, 2, 3, 4, 5, 6}));
  EXPECT_FALSE(is_taken({1, 2, 3, 4, 5}));
  EXPECT_FALSE(is_taken({1, 2}));
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
