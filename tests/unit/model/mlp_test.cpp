#include "model/mlp.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "model_parts.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::expect_numerical_gradient;
using test::normals;
using test::scores;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

ModelSpec spec_of(std::vector<std::size_t> hidden, Activation activation = Activation::tanh, double dropout = 0) {
  return {ModelKind::mlp, Rounding::none, std::move(hidden), activation, dropout, 7};
}

TEST(MlpModel, StartsHeNormalWithBiasesAtZero) {
  MlpModel<double> model(spec_of({200, 100}), {50, {}}, 3);
  const std::vector<std::size_t> inputs = {50, 200, 100};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto weights = model.blocks()[i].weights;
    double squares = 0;
    for (std::size_t at = 0; at < weights.size(); ++at) {
      const bool is_bias = at % (inputs[i] + 1) == inputs[i];
      if (is_bias) {
        EXPECT_EQ(weights[at], 0);
      }
      squares += weights[at] * weights[at];
    }
    const double count = static_cast<double>(weights.size()) * static_cast<double>(inputs[i]) / static_cast<double>(inputs[i] + 1);
    EXPECT_NEAR(squares / count, 2.0 / static_cast<double>(inputs[i]), 0.05 * 2.0 / static_cast<double>(inputs[i]));
  }
}

// Layer by layer and row by row from the seed, also where a layer has one input only; a class that comes later is drawn on from there.
TEST(MlpModel, DrawsItsWeightsInOrderFromItsSeed) {
  MlpModel<double> model(spec_of({3, 1}), {4, {}}, 2);
  Random random(7);
  const auto drawn = [&](std::size_t inputs, std::size_t rows) {
    std::vector<double> out;
    for (std::size_t k = 0; k < rows; ++k) {
      for (std::size_t j = 0; j < inputs; ++j) out.push_back(std::sqrt(2.0 / static_cast<double>(inputs)) * random.normal());
      out.push_back(0);
    }
    return out;
  };
  ASSERT_EQ(model.blocks().size(), 3U);
  EXPECT_THAT(model.blocks()[0].weights, ElementsAreArray(drawn(4, 3)));
  EXPECT_THAT(model.blocks()[1].weights, ElementsAreArray(drawn(3, 1)));
  auto last = drawn(1, 2);
  EXPECT_THAT(model.blocks()[2].weights, ElementsAreArray(last));
  (void)model.grow_outputs(3);
  std::ranges::copy(drawn(1, 1), std::back_inserter(last));
  EXPECT_THAT(model.blocks()[2].weights, ElementsAreArray(last));
}

TEST(MlpModel, BeginsAlikeWithOneSeedAndOtherwiseWithAnother) {
  auto other = spec_of({4});
  other.seed = 8;
  EXPECT_EQ(test::saved(MlpModel<float>(spec_of({4}), {3, {}}, 1)), test::saved(MlpModel<float>(spec_of({4}), {3, {}}, 1)));
  EXPECT_NE(test::saved(MlpModel<float>(spec_of({4}), {3, {}}, 1)), test::saved(MlpModel<float>(other, {3, {}}, 1)));
}

TEST(MlpModel, GradientAgreesWithNumericalDifferencesForEveryActivation) {
  for (const auto activation : {Activation::relu, Activation::tanh, Activation::gelu}) {
    Random random(1);
    MlpModel<double> model(spec_of({6, 5, 4}, activation), {3, {}}, 2);
    // Biases too: a unit with nothing but dead ones below it stands exactly at relu's kink without.
    for (const auto& block : model.blocks()) std::ranges::copy(normals(random, block.weights.size()), block.weights.begin());
    const auto x = normals(random, 3);
    const auto loss = test::make_loss("softmax");
    std::vector<double> slopes(2);
    const auto loss_now = [&] { return loss->evaluate(scores(model, x), 1, slopes); };
    (void)loss_now();
    const auto exact_slopes = slopes;
    model.backward({x, {}, {}}, exact_slopes, /*first=*/true);
    SCOPED_TRACE(to_string(activation));
    for (const auto& block : model.blocks()) expect_numerical_gradient(block, 1e-6, loss_now);
  }
}

TEST(MlpModel, TakesSparseFeaturesIntoItsFirstLayer) {
  MlpModel<double> model(spec_of({4}), {2, 3}, 1);
  const std::vector<double> x = {1, 2};
  const std::vector<std::uint32_t> index = {0, 2};
  const std::vector<double> value = {1, -2};
  const Input<double> input = {x, index, value};
  const double before = model.forward(input)[0];
  EXPECT_EQ(before, scores(model, x)[0]);  // Their weights start at zero.
  const std::vector<double> slope = {1};
  (void)model.forward(input);
  model.backward(input, slope, /*first=*/true);
  ASSERT_EQ(model.blocks().size(), 3U);
  const auto block = model.blocks()[2];
  ASSERT_EQ(block.gradient.size(), 8U);
  expect_numerical_gradient(block, 1e-6, [&] { return model.forward(input)[0]; });
  EXPECT_THAT(model.tensors()[0].shape, ElementsAre(4, 5));
}

TEST(MlpModel, GeluIsTheExactOne) {
  EXPECT_NEAR(activate(Activation::gelu, 1.0), 0.841344746068543, 1e-15);
  EXPECT_NEAR(activation_slope(Activation::gelu, 1.0, 0.0), 1.0833154705876864, 1e-15);
}

TEST(MlpModel, PredictsWithoutDropoutAndLearnsWithIt) {
  Random random(1);
  MlpModel<double> plain(spec_of({64}), {5, {}}, 1);
  MlpModel<double> model(spec_of({64}, Activation::tanh, 0.5), {5, {}}, 1);
  const auto x = normals(random, 5);
  EXPECT_EQ(scores(model, x), scores(plain, x));
  EXPECT_FALSE(plain.learns_from_another_forward());
  ASSERT_TRUE(model.learns_from_another_forward());
  const double first = model.forward_to_learn({x, {}, {}})[0];
  EXPECT_NE(first, scores(plain, x)[0]);
  EXPECT_NE(model.forward_to_learn({x, {}, {}})[0], first);
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) sum += model.forward_to_learn({x, {}, {}})[0];
  EXPECT_NEAR(sum / 20'000, scores(plain, x)[0], 0.05);  // Inverted: the mean stays.
}

// Left out with a probability of `dropout`, so exactly where a draw from [0, 1) is below it: here the first draw is the share itself,
// and its unit stays. Every hidden unit has its draw in every step, the outputs have none.
TEST(MlpModel, DrawsAfreshWhichUnitsAreLeftOut) {
  const std::vector<std::size_t> hidden = {5, 4};
  Random random(7);
  for (int i = 0; i < 5 * 2 + 4 * 5 + 3 * 4; ++i) (void)random.normal();  // The weights.
  auto ahead = random;
  const double share = ahead.uniform();
  MlpModel<double> model(spec_of(hidden, Activation::tanh, share), {2, {}}, 3);
  for (const auto& block : model.blocks()) {
    for (std::size_t j = 0; j < block.weights.size(); ++j) block.weights[j] = std::sin(static_cast<double>(j));  // Biases too.
  }
  const std::vector<double> x = {0.3, -0.8};
  int left_out = 0;
  for (int step = 0; step < 3; ++step) {
    (void)model.forward_to_learn({x, {}, {}});
    std::vector<double> below = x;
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      const auto handed_on = model.hidden_for_test(i);
      ASSERT_EQ(handed_on.size(), hidden[i]);
      const auto weights = model.blocks()[i].weights;
      for (std::size_t k = 0; k < hidden[i]; ++k) {
        double sum = weights[k * (below.size() + 1) + below.size()];
        for (std::size_t j = 0; j < below.size(); ++j) sum += weights[k * (below.size() + 1) + j] * below[j];
        const bool out = random.uniform() < share;
        left_out += out ? 1 : 0;
        EXPECT_NEAR(handed_on[k], out ? 0 : std::tanh(sum) / (1 - share), 1e-13) << step << ": " << i << ", " << k;
      }
      below.assign(handed_on.begin(), handed_on.end());
    }
  }
  EXPECT_GT(left_out, 0);
  EXPECT_LT(left_out, 27);
}

TEST(MlpModel, TakesUpItsDropoutWhereItWasSaved) {
  Random random(1);
  MlpModel<double> model(spec_of({16}, Activation::relu, 0.3), {4, {}}, 1);
  const auto x = normals(random, 4);
  (void)model.forward_to_learn({x, {}, {}});
  MlpModel<double> resumed(spec_of({16}, Activation::relu, 0.3), {4, {}}, 1);
  ASSERT_TRUE(test::load_from(test::saved(model), resumed));
  EXPECT_EQ(resumed.forward_to_learn({x, {}, {}})[0], model.forward_to_learn({x, {}, {}})[0]);
}

TEST(MlpModel, KeepsWhatItLearnedWhenAClassIsAdded) {
  Random random(2);
  MlpModel<double> model(spec_of({6}), {4, {}}, 2);
  const auto x = normals(random, 4);
  const auto before = scores(model, x);
  EXPECT_THAT(model.grow_outputs(3)[1], ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1, -1, -1, -1));
  const auto after = scores(model, x);
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[1], before[1]);
}

TEST(MlpModel, MovesItsWeightsWithTheFeaturesAndStartsNewOnesAtZero) {
  Random random(3);
  MlpModel<double> model(spec_of({4}), {3, {}}, 2);
  const auto before = scores(model, {1, 2, 3});
  const auto maps = model.remap_inputs({2, -1, 0, 1});
  EXPECT_EQ(scores(model, {3, 100, 1, 2}), before);
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_THAT(std::vector(maps[0].begin(), maps[0].begin() + 10), ElementsAre(2, -1, 0, 1, 3, 6, -1, 4, 5, 7));
}

// A class that comes while a batch is half full: what was summed stays, the new class has no part in it yet.
TEST(MlpModel, GoesOnWithAHalfFilledBatchWhenAClassIsAdded) {
  MlpModel<double> model(spec_of({2}), {3, {}}, 1);
  const std::vector<double> x = {1, 2, 3};
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{2}, /*first=*/true);
  const std::vector<double> half(model.blocks()[1].gradient.begin(), model.blocks()[1].gradient.end());
  (void)model.grow_outputs(3);
  EXPECT_THAT(model.blocks()[1].gradient, ElementsAre(half[0], half[1], half[2], 0, 0, 0, 0, 0, 0));
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{2, 0, 4}, /*first=*/false);
  EXPECT_THAT(model.blocks()[1].gradient,
              ElementsAre(2 * half[0], 2 * half[1], 2 * half[2], 0, 0, 0, 2 * half[0], 2 * half[1], 2 * half[2]));
}

TEST(MlpModel, StartsItsGradientAnewWithOtherFeatures) {
  MlpModel<double> model(spec_of({3}), {2, {}}, 1);
  const std::vector<double> x = {1, 10};
  (void)model.forward({x, {}, {}});
  model.backward({x, {}, {}}, std::vector<double>{2}, /*first=*/true);
  (void)model.remap_inputs({1, -1, 0});
  EXPECT_THAT(model.blocks()[0].gradient, Each(0));
  EXPECT_EQ(model.blocks()[0].gradient.size(), 12U);
}

// Three units and three outputs; the slopes and features that lie in memory behind a sample's own are no part of it.
TEST(MlpModel, SumsTheGradientsOfABatch) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> one = {1, -2, 0.5, nan};
  const std::vector<double> other = {-1, 0.25, 3, nan};
  const std::vector<double> slopes = {1, -0.5, 2, nan};
  for (const auto activation : {Activation::relu, Activation::gelu}) {
    MlpModel<double> model(spec_of({3, 3}, activation), {3, {}}, 3);
    const auto learn = [&](const std::vector<double>& x, bool first) {
      const Input<double> input = {std::span<const double>(x).first(3), {}, {}};
      (void)model.forward(input);
      model.backward(input, std::span<const double>(slopes).first(3), first);
      std::vector<double> all;
      for (const auto& block : model.blocks()) all.insert(all.end(), block.gradient.begin(), block.gradient.end());
      return all;
    };
    const auto of_one = learn(one, true);
    const auto of_other = learn(other, true);
    (void)learn(one, true);
    const auto of_both = learn(other, false);
    ASSERT_EQ(of_both.size(), 36U);
    for (std::size_t j = 0; j < of_both.size(); ++j) EXPECT_NEAR(of_both[j], of_one[j] + of_other[j], 1e-14) << j;
  }
}

// A unit that is left out learns nothing in that step, and neither do the weights that it feeds.
TEST(MlpModel, GradientAgreesWithNumericalDifferencesWhereUnitsAreLeftOut) {
  MlpModel<double> model(spec_of({3, 3}, Activation::tanh, 0.25), {2, {}}, 1);
  const std::vector<std::vector<double>> keep = {{0, 1, 1}, {0, 1, 0}};
  const std::vector<double> x = {0.3, -0.8};
  const auto score = [&] { return model.forward_with_masks_for_test({x, {}, {}}, keep)[0]; };
  (void)score();
  const auto weights = model.blocks()[0].weights;
  EXPECT_DOUBLE_EQ(model.hidden_for_test(0)[1], std::tanh(weights[3] * x[0] + weights[4] * x[1]) / 0.75);
  EXPECT_EQ(model.hidden_for_test(0)[0], 0);
  EXPECT_EQ(model.hidden_for_test(1)[0], 0);
  EXPECT_EQ(model.hidden_for_test(1)[2], 0);
  model.backward({x, {}, {}}, std::vector<double>{1}, /*first=*/true);
  for (const auto& block : model.blocks()) expect_numerical_gradient(block, 1e-6, score);
}

// Scores, what hidden units hand on and every product of a gradient are 16-bit numbers, near those of 32 bits; weights stay as they are.
TEST(MlpModel, ComputesInSixteenBitsWhereItIsTold) {
  const auto rounded = [](float value) { return static_cast<float>(static_cast<Eigen::bfloat16>(value)); };
  auto spec = spec_of({6, 5}, Activation::gelu);
  MlpModel<float> plain(spec, {4, {}}, 3);
  spec.rounding = Rounding::bfloat16;
  MlpModel<float> model(spec, {4, {}}, 3);
  const std::vector<float> x = {0.3F, -1.7F, 0.9F, 2.1F};
  const std::vector<float> slopes = {0.7F, -0.3F, 1.1F};
  const auto exact = plain.forward({x, {}, {}});
  const auto raw = model.forward({x, {}, {}});
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(raw[k], rounded(raw[k])) << k;
    EXPECT_NEAR(raw[k], exact[k], 0.05) << k;
  }
  for (std::size_t layer = 0; layer < 2; ++layer) {
    for (const float value : model.hidden_for_test(layer)) EXPECT_EQ(value, rounded(value)) << layer;
  }
  plain.backward({x, {}, {}}, slopes, /*first=*/true);
  model.backward({x, {}, {}}, slopes, /*first=*/true);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto block = model.blocks()[i];
    for (std::size_t j = 0; j < block.weights.size(); ++j) {
      EXPECT_EQ(block.gradient[j], rounded(block.gradient[j])) << i << ", " << j;
      EXPECT_NEAR(block.gradient[j], plain.blocks()[i].gradient[j], 0.05) << i << ", " << j;
      EXPECT_EQ(block.weights[j], plain.blocks()[i].weights[j]) << i << ", " << j;
    }
  }
  const auto gradient = model.blocks()[0].gradient;  // Of a bias: the slope itself.
  for (std::size_t k = 0; k < 6; ++k) {
    for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(gradient[k * 5 + j], rounded(gradient[k * 5 + 4] * rounded(x[j]))) << k << ", " << j;
  }
}

TEST(MlpModel, GrowsItsSparsePartInTheBlockBehindItsLayers) {
  MlpModel<double> dense(spec_of({3, 2}), {2, {}}, 1);
  EXPECT_EQ(dense.blocks().size(), 3U);
  EXPECT_EQ(dense.sparse_coordinates(), std::nullopt);
  MlpModel<double> model(spec_of({3, 2}), {2, 4}, 1);
  EXPECT_EQ(model.blocks().size(), 4U);
  EXPECT_EQ(model.grow_sparse(6), 3U);
  EXPECT_EQ(model.sparse_coordinates(), 6U);
  EXPECT_EQ(model.blocks()[3].weights.size(), 18U);
}

TEST(MlpModel, LeavesWithItsSparsePartInTheFirstLayerAndComesBack) {
  MlpModel<double> model(spec_of({3, 2}), {2, 4}, 1);
  for (const auto& block : model.blocks()) {
    for (std::size_t j = 0; j < block.weights.size(); ++j) block.weights[j] = std::sin(static_cast<double>(j));
  }
  MlpModel<double> copy(spec_of({3, 2}), {2, 4}, 1);
  for (const auto& one : model.tensors()) EXPECT_TRUE(copy.assign(one)) << one.name;
  for (std::size_t i = 0; i < 4; ++i) EXPECT_THAT(copy.blocks()[i].weights, ElementsAreArray(model.blocks()[i].weights)) << i;
  EXPECT_THAT(model.tensors()[0].shape, ElementsAre(3, 6));
  EXPECT_THAT(model.tensors()[2].shape, ElementsAre(2, 3));
}

TEST(MlpModel, LeavesLayerByLayerAndComesBack) {
  MlpModel<double> model(spec_of({3, 2}), {4, {}}, 1);
  const auto tensors = model.tensors();
  std::vector<std::string> texts;
  for (const auto& one : tensors) texts.push_back(fmt::format("{} {}", one.name, fmt::join(one.shape, "x")));
  EXPECT_THAT(texts, ElementsAre("hidden.0.weight 3x4", "hidden.0.bias 3", "hidden.1.weight 2x3", "hidden.1.bias 2", "output.weight 1x2",
                                 "output.bias 1"));
  auto other = spec_of({3, 2});
  other.seed = 100;
  MlpModel<double> copy(other, {4, {}}, 1);
  for (const auto& one : tensors) EXPECT_TRUE(copy.assign(one)) << one.name;
  EXPECT_EQ(scores(copy, {1, 2, 3, 4}), scores(model, {1, 2, 3, 4}));
  EXPECT_FALSE(copy.assign({"hidden.0.weight", {4, 3}, std::vector<double>(12)}));
  EXPECT_FALSE(copy.assign({"hidden.2.bias", {2}, {0, 0}}));
}

TEST(MlpModel, RefusesAStateOfAnotherShape) {
  MlpModel<double> model(spec_of({3}), {2, {}}, 1);
  MlpModel<double> other(spec_of({4}), {2, {}}, 1);
  EXPECT_FALSE(test::load_from(test::saved(model), other));
}

TEST(MlpModel, GivesTheSameBitsAtEveryAddress) {
  Random random(5);
  MlpModel<float> model(spec_of({33, 17}), {101, {}}, 3);
  std::vector<float> memory(200);
  std::vector<float> x(101);
  for (auto& one : x) one = static_cast<float>(random.normal());
  const std::vector<float> expected(model.forward({x, {}, {}}).begin(), model.forward({x, {}, {}}).end());
  for (std::size_t shift = 0; shift < 32; ++shift) {
    std::ranges::copy(x, memory.begin() + static_cast<std::ptrdiff_t>(shift));
    MlpModel<float> elsewhere(model);  // Its arrays lie at other addresses.
    const auto raw = elsewhere.forward({std::span<const float>(memory).subspan(shift, 101), {}, {}});
    EXPECT_THAT(raw, ::testing::ElementsAreArray(expected)) << shift;
  }
}

}  // namespace
}  // namespace rekindle
