#include "model/mlp.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

ModelSpec spec_of(std::vector<std::size_t> hidden, Activation activation = Activation::tanh, double dropout = 0) {
  return {ModelKind::mlp, Rounding::none, std::move(hidden), activation, dropout, 7};
}

std::vector<double> normals(Random& random, std::size_t count) {
  std::vector<double> out(count);
  for (auto& one : out) one = random.normal();
  return out;
}

std::vector<double> scores(MlpModel<double>& model, const std::vector<double>& x) {
  const auto raw = model.forward({x, {}, {}});
  return {raw.begin(), raw.end()};
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
    for (const auto& block : model.blocks()) {
      for (std::size_t j = 0; j < block.weights.size(); ++j) {
        const double w = block.weights[j];
        block.weights[j] = w + 1e-6;
        const double up = loss_now();
        block.weights[j] = w - 1e-6;
        const double down = loss_now();
        block.weights[j] = w;
        EXPECT_NEAR(block.gradient[j], (up - down) / 2e-6, 1e-7) << to_string(activation) << " weight " << j;
      }
    }
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
  for (std::size_t i = 0; i < 8; ++i) {
    double& weight = block.weights[block.coordinate(i)];
    weight = 1e-6;
    const double up = model.forward(input)[0];
    weight = -1e-6;
    const double down = model.forward(input)[0];
    weight = 0;
    EXPECT_NEAR(block.gradient[i], (up - down) / 2e-6, 1e-7) << i;
  }
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
