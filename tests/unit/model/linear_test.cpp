#include "model/linear.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "model_parts.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::normals;
using test::scores;

void fill(LinearModel<double>& model, Random& random) {
  for (auto& w : model.blocks()[0].weights) w = random.normal();
}

TEST(LinearModel, StartsAtZero) {
  LinearModel<double> model({3, {}}, 2);
  EXPECT_EQ(scores(model, {1, 2, 3}), (std::vector<double>{0, 0}));
}

TEST(LinearModel, GradientAgreesWithNumericalDifferences) {
  struct Case {
    const char* loss;
    std::size_t outputs;
    double target;
  };
  for (const auto& [name, outputs, target] : {Case{"squared", 1, 0.7}, {"logistic", 1, 1}, {"logistic", 1, 0}, {"softmax", 4, 2}}) {
    Random random(1);
    LinearModel<double> model({5, {}}, outputs);
    fill(model, random);
    const auto x = normals(random, 5);
    const auto loss = test::make_loss(name);
    std::vector<double> slopes(outputs);
    const auto loss_now = [&] { return loss->evaluate(scores(model, x), target, slopes); };
    (void)loss_now();
    const auto exact_slopes = slopes;
    (void)model.forward({x, {}, {}});
    model.backward({x, {}, {}}, exact_slopes, /*first=*/true);
    SCOPED_TRACE(name);
    test::expect_numerical_gradient(model.blocks()[0], 1e-5, loss_now);
  }
}

TEST(LinearModel, AddsTheGradientsOfABatch) {
  LinearModel<double> model({2, {}}, 1);
  const std::vector<double> slope = {2};
  const std::vector<double> one = {1, 10};
  const std::vector<double> other = {3, 30};
  (void)model.forward({one, {}, {}});
  model.backward({one, {}, {}}, slope, /*first=*/true);
  (void)model.forward({other, {}, {}});
  model.backward({other, {}, {}}, slope, /*first=*/false);
  EXPECT_THAT(model.blocks()[0].gradient, ::testing::ElementsAre(8, 80, 4));
}

// Three outputs over a batch, each worked out by itself. What lies in memory behind a sample's features, or behind the slopes, is
// no part of them.
TEST(LinearModel, WeighsEveryFeatureForEveryOutput) {
  constexpr std::size_t inputs = 4;
  constexpr std::size_t outputs = 3;
  Random random(6);
  LinearModel<double> model({inputs, {}}, outputs);
  fill(model, random);
  const auto weights = model.blocks()[0].weights;
  std::vector<double> gradient(outputs * (inputs + 1), 0);
  for (int sample = 0; sample < 5; ++sample) {
    auto x = normals(random, inputs);
    auto slopes = normals(random, outputs);
    x.push_back(std::numeric_limits<double>::quiet_NaN());
    slopes.push_back(std::numeric_limits<double>::quiet_NaN());
    const Input<double> input = {std::span<const double>(x).first(inputs), {}, {}};
    const auto raw = model.forward(input);
    ASSERT_EQ(raw.size(), outputs);
    model.backward(input, std::span<const double>(slopes).first(outputs), /*first=*/sample == 0);
    for (std::size_t k = 0; k < outputs; ++k) {
      double score = weights[k * (inputs + 1) + inputs];
      for (std::size_t j = 0; j < inputs; ++j) {
        score += weights[k * (inputs + 1) + j] * x[j];
        gradient[k * (inputs + 1) + j] += slopes[k] * x[j];
      }
      gradient[k * (inputs + 1) + inputs] += slopes[k];
      EXPECT_NEAR(raw[k], score, 1e-14) << k;
    }
  }
  for (std::size_t j = 0; j < gradient.size(); ++j) EXPECT_NEAR(model.blocks()[0].gradient[j], gradient[j], 1e-14) << j;
}

float rounded(float value) { return static_cast<float>(static_cast<Eigen::bfloat16>(value)); }

// Features, weights as they are used, scores, slopes and products are stored in 16 bits; the weights themselves stay in 32, and a
// batch's gradient is summed in 32.
TEST(LinearModel, ComputesInSixteenBitsWhereItIsTold) {
  constexpr std::size_t inputs = 4;
  constexpr std::size_t outputs = 6;
  Random random(7);
  LinearModel<float> model({inputs, {}}, outputs, Rounding::bfloat16);
  const auto weights = model.blocks()[0].weights;
  for (auto& w : weights) w = static_cast<float>(random.normal());
  const std::vector<float> before(weights.begin(), weights.end());
  std::vector<float> gradient(weights.size(), 0);
  for (int sample = 0; sample < 2; ++sample) {
    std::vector<float> x(inputs);
    for (auto& one : x) one = static_cast<float>(random.normal());
    std::vector<float> slopes(outputs);
    for (auto& one : slopes) one = static_cast<float>(random.normal());
    const auto raw = model.forward({x, {}, {}});
    x.push_back(1);  // The bias's.
    for (std::size_t k = 0; k < outputs; ++k) {
      float score = 0;
      for (std::size_t j = 0; j <= inputs; ++j) {
        score += rounded(weights[k * (inputs + 1) + j]) * rounded(x[j]);
        gradient[k * (inputs + 1) + j] += rounded(rounded(slopes[k]) * rounded(x[j]));
      }
      EXPECT_NEAR(raw[k], score, 1e-3F + std::abs(score) / 128) << k;
      EXPECT_EQ(raw[k], rounded(raw[k])) << k;
    }
    x.pop_back();
    model.backward({x, {}, {}}, slopes, /*first=*/sample == 0);
  }
  EXPECT_THAT(model.blocks()[0].gradient, ::testing::ElementsAreArray(gradient));
  EXPECT_EQ(std::vector<float>(weights.begin(), weights.end()), before);
}

// An optimizer writes the gradient of one output on its way; all others are written here.
TEST(LinearModel, LeavesNoGradientButThatOfOneOutputToTheStep) {
  const std::vector<double> x = {1, 10};
  LinearModel<double> one({2, {}}, 1);
  (void)one.forward({x, {}, {}});
  one.backward_to_step({x, {}, {}}, std::vector<double>{3});
  EXPECT_TRUE(one.blocks()[0].deferred);
  EXPECT_EQ(one.blocks()[0].slope, 3);
  EXPECT_THAT(one.blocks()[0].input, ::testing::ElementsAre(1, 10));
  one.backward({x, {}, {}}, std::vector<double>{2}, /*first=*/true);
  EXPECT_FALSE(one.blocks()[0].deferred);
  EXPECT_THAT(one.blocks()[0].gradient, ::testing::ElementsAre(2, 20, 2));

  LinearModel<double> two({2, {}}, 2);
  (void)two.forward({x, {}, {}});
  two.backward_to_step({x, {}, {}}, std::vector<double>{3, 4});
  EXPECT_FALSE(two.blocks()[0].deferred);
  EXPECT_THAT(two.blocks()[0].gradient, ::testing::ElementsAre(3, 30, 3, 4, 40, 4));

  const std::vector<float> single = {1, 10};
  LinearModel<float> rounding({2, {}}, 1, Rounding::float16);
  (void)rounding.forward({single, {}, {}});
  rounding.backward_to_step({single, {}, {}}, std::vector<float>{3});
  EXPECT_FALSE(rounding.blocks()[0].deferred);
  EXPECT_THAT(rounding.blocks()[0].gradient, ::testing::ElementsAre(3, 30, 3));
}

// A class that comes while a batch is half full: what was summed stays, the new class has no part in it yet.
TEST(LinearModel, GoesOnWithAHalfFilledBatchWhenAClassIsAdded) {
  LinearModel<double> model({2, {}}, 1);
  const std::vector<double> x = {1, 10};
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{2}, /*first=*/true);
  (void)model.grow_outputs(3);
  EXPECT_THAT(model.blocks()[0].gradient, ::testing::ElementsAre(2, 20, 2, 0, 0, 0, 0, 0, 0));
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{1, 3, 5}, /*first=*/false);
  EXPECT_THAT(model.blocks()[0].gradient, ::testing::ElementsAre(3, 30, 3, 3, 30, 3, 5, 50, 5));
}

TEST(LinearModel, StartsItsGradientAnewWithOtherFeatures) {
  LinearModel<double> model({2, {}}, 1);
  const std::vector<double> x = {1, 10};
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{2}, /*first=*/true);
  (void)model.remap_inputs({1, -1, 0});
  EXPECT_THAT(model.blocks()[0].gradient, ::testing::Each(0));
  EXPECT_EQ(model.blocks()[0].gradient.size(), 4U);
}

TEST(LinearModel, GrowsItsSparsePartInTheBlockBehindTheDenseOne) {
  LinearModel<double> dense({2, {}}, 1);
  EXPECT_EQ(dense.blocks().size(), 1U);
  EXPECT_EQ(dense.sparse_coordinates(), std::nullopt);
  LinearModel<double> model({2, 3}, 2);
  EXPECT_EQ(model.sparse_coordinates(), 3U);
  EXPECT_EQ(model.grow_sparse(5), 1U);
  EXPECT_EQ(model.sparse_coordinates(), 5U);
  EXPECT_EQ(model.blocks()[1].weights.size(), 10U);
  EXPECT_THAT(model.blocks()[1].weights, ::testing::Each(0));
}

TEST(LinearModel, KeepsWhatItLearnedWhenAClassIsAdded) {
  Random random(2);
  LinearModel<double> model({4, {}}, 2);
  fill(model, random);
  const auto x = normals(random, 4);
  const auto before = scores(model, x);
  const auto maps = model.grow_outputs(4);
  EXPECT_EQ(scores(model, x), (std::vector<double>{before[0], before[1], 0, 0}));
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_THAT(maps[0], ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
}

TEST(LinearModel, MovesItsWeightsWithTheFeatures) {
  Random random(3);
  LinearModel<double> model({3, {}}, 2);
  fill(model, random);
  const auto before = scores(model, {1, 2, 3});
  const auto maps = model.remap_inputs({2, -1, 0, 1});
  EXPECT_EQ(scores(model, {3, 100, 1, 2}), before);
  EXPECT_THAT(maps, ::testing::ElementsAre(::testing::ElementsAre(2, -1, 0, 1, 3, 6, -1, 4, 5, 7)));
}

TEST(LinearModel, DropsFeaturesThatAreGone) {
  Random random(3);
  LinearModel<double> model({3, {}}, 1);
  fill(model, random);
  const auto before = scores(model, {1, 0, 0});
  (void)model.remap_inputs({0});
  EXPECT_EQ(scores(model, {1}), before);
}

TEST(LinearModel, LeavesAsWeightAndBias) {
  LinearModel<double> model({2, {}}, 2);
  for (std::size_t j = 0; j < 6; ++j) model.blocks()[0].weights[j] = static_cast<double>(j);
  const auto tensors = model.tensors();
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].name, "output.weight");
  EXPECT_THAT(tensors[0].shape, ::testing::ElementsAre(2, 2));
  EXPECT_THAT(tensors[0].values, ::testing::ElementsAre(0, 1, 3, 4));
  EXPECT_EQ(tensors[1].name, "output.bias");
  EXPECT_THAT(tensors[1].values, ::testing::ElementsAre(2, 5));
}

TEST(LinearModel, ComesBackAsItWasSavedAndRefusesAnotherShape) {
  Random random(4);
  LinearModel<double> model({3, {}}, 2);
  fill(model, random);
  LinearModel<double> same({3, {}}, 2);
  ASSERT_TRUE(test::load_from(test::saved(model), same));
  EXPECT_EQ(scores(same, {1, 2, 3}), scores(model, {1, 2, 3}));
  LinearModel<double> other({4, {}}, 2);
  EXPECT_FALSE(test::load_from(test::saved(model), other));
}

// The bits must not depend on where the memory happens to be.
TEST(LinearModel, GivesTheSameBitsAtEveryAddress) {
  Random random(5);
  LinearModel<float> model({101, {}}, 1);
  for (auto& w : model.blocks()[0].weights) w = static_cast<float>(random.normal());
  std::vector<float> memory(200);
  std::vector<float> x(101);
  for (auto& one : x) one = static_cast<float>(random.normal());
  const float expected = model.forward({x, {}, {}})[0];
  for (std::size_t shift = 0; shift < 32; ++shift) {
    std::ranges::copy(x, memory.begin() + static_cast<std::ptrdiff_t>(shift));
    EXPECT_EQ(model.forward({std::span<const float>(memory).subspan(shift, 101), {}, {}})[0], expected) << shift;
  }
}

}  // namespace
}  // namespace rekindle
