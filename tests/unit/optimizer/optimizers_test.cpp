#include "optimizer/optimizer.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::choose_optimizer;
using test::Entries;
using test::make_optimizer;

// For every row, settings under which all of its memory is in use. A new row needs an entry here.
const std::map<std::string, std::vector<Entries>> settings = {
    {"sgd", {{}, {{"weight_decay", 0.1}, {"l1", 0.01}}}},
    {"momentum", {{}, {{"momentum", 0.5}, {"dampening", 0.3}}}},
    {"nesterov", {{}, {{"momentum", 0.99}, {"clip_norm", 1.0}}}},
    {"adam", {{}, {{"betas", Array{Value(0.5), Value(0.6)}}, {"eps", 0.1}}}},
    {"rmsprop", {{}, {{"momentum", 0.9}, {"centered", true}, {"alpha", 0.5}}}},
    {"adagrad", {{}, {{"lr_decay", 0.1}, {"initial_accumulator_value", 0.5}}}},
    {"amsgrad", {{}, {{"betas", Array{Value(0.8), Value(0.95)}}}}},
    {"adamw", {{}, {{"weight_decay", 0.1}}}},
    {"nadam", {{}, {{"momentum_decay", 0.05}}}},
    {"adadelta", {{}, {{"rho", 0.5}, {"eps", 1e-3}}}},
    {"ftrl", {{}, {{"l1", 0.01}, {"l2", 0.1}, {"beta", 0.5}, {"l2_shrinkage", 0.1}}}},
    {"lion", {{}, {{"weight_decay", 0.1}, {"betas", Array{Value(0.5), Value(0.6)}}}}},
};

template <class Real>
struct Bench {
  Bench(const std::string& type, const Entries& given, std::vector<std::size_t> sizes_)
      : sizes(std::move(sizes_)), choice(choose_optimizer(type, given)) {
    optimizer = make_optimizer<Real>(choice, sizes);
    for (const auto size : sizes) {
      weights.emplace_back(size, Real{1});
      gradients.emplace_back(size);
    }
  }
  void step(Random& random, double rate = 0.01) {
    std::vector<ParameterBlock<Real>> blocks;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      for (auto& g : gradients[i]) g = static_cast<Real>(random.normal());
      blocks.push_back({weights[i], gradients[i], 1});
    }
    optimizer->apply(blocks, rate);
  }
  std::vector<std::size_t> sizes;
  Choice<OptimizerRow> choice;
  OptimizerPointer<Real> optimizer;
  std::vector<std::vector<Real>> weights;
  std::vector<std::vector<Real>> gradients;
};

template <class Check>
void for_every_setting(Check check) {
  for (const auto& [type, all] : settings) {
    for (const auto& given : all) {
      SCOPED_TRACE(type + " " + Value(test::table(given)).text());
      check(type, given);
    }
  }
}

TEST(EveryOptimizer, HasSettingsInThisTest) {
  for (const auto& row : optimizers()) EXPECT_TRUE(settings.contains(row.name)) << row.name;
}

TEST(EveryOptimizer, IsNewAfterForgettingAll) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<double> used(type, given, {3, 2});
    Random noise(1);
    for (int i = 0; i < 17; ++i) used.step(noise);
    used.optimizer->forget(1);
    Bench<double> fresh(type, given, {3, 2});
    EXPECT_EQ(test::saved(*used.optimizer), test::saved(*fresh.optimizer));
    used.weights = fresh.weights;
    Random one(2);
    Random two(2);
    for (int i = 0; i < 17; ++i) {
      used.step(one);
      fresh.step(two);
    }
    EXPECT_EQ(used.weights, fresh.weights);
  });
}

TEST(EveryOptimizer, LosesNothingByForgettingNothing) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<float> bench(type, given, {4});
    Random noise(1);
    for (int i = 0; i < 9; ++i) bench.step(noise);
    const auto before = test::saved(*bench.optimizer);
    bench.optimizer->forget(0);
    EXPECT_EQ(test::saved(*bench.optimizer), before);
  });
}

TEST(EveryOptimizer, StaysFiniteAfterForgettingAPart) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<float> bench(type, given, {4});
    Random noise(1);
    for (int i = 0; i < 200; ++i) {
      if (i % 10 == 9) bench.optimizer->forget(i % 20 == 9 ? 0.5 : 0.999);
      bench.step(noise);
      for (const float w : bench.weights[0]) ASSERT_TRUE(std::isfinite(w)) << i;
    }
  });
}

TEST(EveryOptimizer, GoesOnFromAnySaveAsIfNothingHadHappened) {
  for_every_setting([](const std::string& type, const Entries& given) {
    for (int saved_after = 0; saved_after < 8; ++saved_after) {
      Bench<double> whole(type, given, {3, 1});
      Bench<double> parts(type, given, {3, 1});
      Random one(3);
      Random two(3);
      for (int i = 0; i < 8; ++i) {
        if (i == saved_after) {
          const auto bytes = test::saved(*parts.optimizer);
          parts.optimizer = make_optimizer<double>(parts.choice, parts.sizes);
          ASSERT_TRUE(test::load_from(bytes, *parts.optimizer));
        }
        whole.step(one);
        parts.step(two);
      }
      EXPECT_EQ(whole.weights, parts.weights) << "saved after " << saved_after;
    }
  });
}

TEST(EveryOptimizer, RefusesAStateOfAnotherSize) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<double> three(type, given, {3});
    Bench<double> four(type, given, {4});
    if (test::saved(*three.optimizer) == test::saved(*four.optimizer)) return;  // It has no memory.
    EXPECT_FALSE(test::load_from(test::saved(*four.optimizer), *three.optimizer));
  });
}

// Weights that were there before go the same way whether others were added behind them or not.
TEST(EveryOptimizer, KeepsTheMemoryOfOldWeightsWhenABlockGrows) {
  for_every_setting([](const std::string& type, const Entries& given) {
    if (type == "nesterov" && given.size() > 1) return;  // The global norm couples all weights.
    Bench<double> grown(type, given, {2});
    Bench<double> plain(type, given, {2});
    Random one(4);
    Random two(4);
    for (int i = 0; i < 5; ++i) {
      grown.step(one);
      plain.step(two);
    }
    grown.optimizer->grow(0, 3);
    grown.weights[0].push_back(0);
    std::vector<double> gradient = {0.5, -0.25, 2};
    std::vector<double> plain_gradient = {0.5, -0.25};
    const std::vector<ParameterBlock<double>> grown_blocks = {{grown.weights[0], gradient, 1}};
    const std::vector<ParameterBlock<double>> plain_blocks = {{plain.weights[0], plain_gradient, 1}};
    grown.optimizer->apply(grown_blocks, 0.01);
    plain.optimizer->apply(plain_blocks, 0.01);
    EXPECT_EQ(grown.weights[0][0], plain.weights[0][0]);
    EXPECT_EQ(grown.weights[0][1], plain.weights[0][1]);
  });
}

TEST(EveryOptimizer, MovesTheMemoryWithItsWeights) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<double> moved(type, given, {3});
    Random noise(5);
    for (int i = 0; i < 5; ++i) moved.step(noise);
    const auto before = test::saved(*moved.optimizer);
    moved.optimizer->remap(0, {2, 0, 1});
    moved.optimizer->remap(0, {1, 2, 0});
    EXPECT_EQ(test::saved(*moved.optimizer), before) << "there and back";
    moved.optimizer->remap(0, {-1, -1, -1});
    moved.optimizer->forget(1);
    Bench<double> fresh(type, given, {3});
    EXPECT_EQ(test::saved(*moved.optimizer), test::saved(*fresh.optimizer));
  });
}

TEST(EveryOptimizer, LeavesAFrozenBlockAlone) {
  for_every_setting([](const std::string& type, const Entries& given) {
    Bench<double> bench(type, given, {2, 2});
    std::vector<double> gradient = {1, 1};
    const std::vector<ParameterBlock<double>> blocks = {{bench.weights[0], gradient, 0}, {bench.weights[1], bench.gradients[1], 1}};
    bench.optimizer->apply(blocks, 0.1);
    EXPECT_EQ(bench.weights[0], (std::vector<double>{1, 1}));
  });
}

TEST(Momentum, ForgetsHalfOfItsBuffer) {
  Bench<double> bench("momentum", {{"momentum", 0.5}}, {1});
  std::vector<double> gradient = {1};
  const std::vector<ParameterBlock<double>> blocks = {{bench.weights[0], gradient, 1}};
  bench.optimizer->apply(blocks, 0);  // The buffer is 1.
  bench.optimizer->forget(0.5);       // Now 0.5.
  gradient[0] = 0;
  bench.weights[0][0] = 0;
  bench.optimizer->apply(blocks, 1);  // 0.5 * 0.5
  EXPECT_EQ(bench.weights[0][0], -0.25);
}

// Moments and bias-correction mass shrink together, so that the size of a step under a steady gradient does not change.
TEST(Adam, KeepsItsStepSizeUnderASteadyGradientAfterForgettingAPart) {
  Bench<double> bench("adam", {}, {1});
  std::vector<double> gradient(1);
  const std::vector<ParameterBlock<double>> blocks = {{bench.weights[0], gradient, 1}};
  const auto step = [&] {
    gradient[0] = 3;
    const double before = bench.weights[0][0];
    bench.optimizer->apply(blocks, 0.01);
    return before - bench.weights[0][0];
  };
  for (int i = 0; i < 50; ++i) (void)step();
  bench.optimizer->forget(0.9);
  for (int i = 0; i < 50; ++i) EXPECT_NEAR(step(), 0.01, 1e-9);
}

struct Refusal {
  const char* type;
  Entries given;
  const char* message;
};

TEST(Optimizers, RefuseParametersOutsideTheirBounds) {
  const std::vector<Refusal> refusals = {
      {"sgd", {{"momentum", 0.9}}, "sgd.momentum: unknown key"},
      {"sgd", {{"weight_decay", -1}}, "sgd.weight_decay: must be >= 0, got -1"},
      {"sgd", {{"l1", -1}}, "sgd.l1: must be >= 0, got -1"},
      {"sgd", {{"clip_norm", -1}}, "sgd.clip_norm: must be >= 0, got -1"},
      {"sgd", {{"clip_value", -1}}, "sgd.clip_value: must be >= 0, got -1"},
      {"sgd", {{"reset_every", -1}}, "sgd.reset_every: must be >= 0, got -1"},
      {"momentum", {{"momentum", 1}}, "momentum.momentum: must be >= 0 and < 1, got 1"},
      {"momentum", {{"dampening", -0.1}}, "momentum.dampening: must be >= 0 and < 1, got -0.1"},
      {"nesterov", {{"dampening", 0}}, "nesterov.dampening: unknown key"},
      {"adam", {{"betas", Array{Value(0.9)}}}, "adam: betas must be two numbers"},
      {"adam", {{"betas", Array{Value(0.9), Value(1.0)}}}, "adam.betas: every value must be >= 0 and < 1, got 1"},
      {"adam", {{"eps", 0}}, "adam.eps: must be > 0, got 0"},
      {"adam", {{"beta", 0.9}}, "adam.beta: unknown key; did you mean \"betas\"?"},
      {"rmsprop", {{"alpha", 1}}, "rmsprop.alpha: must be >= 0 and < 1, got 1"},
      {"rmsprop", {{"eps", -1}}, "rmsprop.eps: must be > 0, got -1"},
      {"rmsprop", {{"centered", "yes"}}, "rmsprop.centered: must be true or false, got \"yes\""},
      {"adagrad", {{"lr_decay", -1}}, "adagrad.lr_decay: must be >= 0, got -1"},
      {"adagrad", {{"initial_accumulator_value", -1}}, "adagrad.initial_accumulator_value: must be >= 0, got -1"},
  };
  for (const auto& [type, given, message] : refusals) {
    try {
      (void)choose_optimizer(type, given);
      ADD_FAILURE() << "taken: " << type << " " << Value(test::table(given)).text();
    } catch (const std::invalid_argument& refusal) {
      EXPECT_EQ(refusal.what(), std::string(message) + "\n");
    }
  }
}

TEST(Gradient, IsClippedByValueThenByNormThenRegularised) {
  std::vector<double> weights = {1, -2, 0};
  std::vector<double> gradient = {30, -40, 0};
  const std::vector<ParameterBlock<double>> blocks = {{weights, gradient, 1}};
  prepare_gradient<double>(blocks, {.weight_decay = 0.1, .l1 = 0.01, .clip_norm = 5, .clip_value = 30});
  const double factor = 5 / (std::sqrt(2.0) * 30 + 1e-6);
  EXPECT_NEAR(gradient[0], 30 * factor + 0.1 + 0.01, 1e-12);
  EXPECT_NEAR(gradient[1], -30 * factor - 0.2 - 0.01, 1e-12);
  EXPECT_EQ(gradient[2], 0);
}

// One block of these weights and gradients, prepared.
std::vector<double> prepared(std::vector<double> weights, std::vector<double> gradient, const GradientOptions& options,
                             std::optional<double> squared = {}) {
  const ParameterBlock<double> block{weights, gradient};
  prepare_gradient<double>({&block, 1}, options, squared);
  return gradient;
}

TEST(Gradient, IsRegularisedByEitherPenaltyAlone) {
  const std::vector<double> weights = {0.5, -0.25, 0, 3};
  const std::vector<double> gradient = {1, 1, 1, 1};
  EXPECT_EQ(prepared(weights, gradient, {}), gradient);
  EXPECT_EQ(prepared(weights, gradient, {.weight_decay = 1}), (std::vector<double>{1.5, 0.75, 1, 4}));
  EXPECT_EQ(prepared(weights, gradient, {.weight_decay = 2}), (std::vector<double>{2, 0.5, 1, 7}));
  EXPECT_EQ(prepared(weights, gradient, {.l1 = 1}), (std::vector<double>{2, 0, 1, 2}));
  EXPECT_EQ(prepared(weights, gradient, {.l1 = 0.5}), (std::vector<double>{1.5, 0.5, 1, 1.5}));
  EXPECT_EQ(prepared(weights, gradient, {.weight_decay = 1, .decoupled_decay = true}), gradient) << "the rule's own";
}

TEST(Gradient, IsClippedAtSmallValuesToo) {
  EXPECT_EQ(prepared({0, 0, 0}, {2, -2, 0.25}, {.clip_value = 0.5}), (std::vector<double>{0.5, -0.5, 0.25}));
  EXPECT_EQ(prepared({0, 0, 0}, {2, -2, 0.25}, {.clip_value = 1}), (std::vector<double>{1, -1, 0.25}));
}

TEST(Gradient, IsLeftAloneWithinTheNormThatIsAllowed) {
  const std::vector<double> gradient = {3, -4};
  EXPECT_EQ(prepared({0, 0}, gradient, {.clip_norm = 5.1}), gradient);
  EXPECT_EQ(prepared({0, 0}, gradient, {.clip_norm = 9}), gradient);
  EXPECT_EQ(prepared({0, 0}, {0, 0}, {.clip_norm = 1}), (std::vector<double>{0, 0}));
  EXPECT_NEAR(prepared({0, 0}, gradient, {.clip_norm = 0.5})[1], -0.4, 1e-6);
  EXPECT_NEAR(prepared({0, 0}, gradient, {.clip_norm = 1})[1], -0.8, 1e-6);
}

// Whoever knows the norm hands it over, and nothing is summed twice; clipped values have another one.
TEST(Gradient, IsClippedByTheNormThatIsKnownUnlessItsValuesWereClipped) {
  EXPECT_NEAR(prepared({0, 0}, {3, -4}, {.clip_norm = 5}, 400.0)[1], -1, 1e-6);
  for (const double value : {0.5, 1.0, 2.0}) {
    EXPECT_NEAR(prepared({0, 0}, {3, -4}, {.clip_norm = 0.25, .clip_value = value}, 25.0)[1], -0.25 / std::sqrt(2.0), 1e-6) << value;
  }
}

TEST(Gradient, NormIsOverAllBlocksThatAreNotFrozen) {
  std::vector<double> weights(2);
  std::vector<double> one = {1, 2};
  std::vector<double> other = {3, 4};
  std::vector<double> third = {0, 0};
  const std::vector<double> input = {5};
  std::vector<ParameterBlock<double>> blocks = {{weights, one}, {weights, other}, {weights, third}};
  blocks[2].deferred = true;
  blocks[2].slope = 2;
  blocks[2].input = input;
  EXPECT_EQ(write_and_square<double>(blocks), 1 + 4 + 9 + 16 + 100 + 4);
  EXPECT_EQ(third, (std::vector<double>{10, 2}));
  EXPECT_EQ(squared_norm<double>(blocks), 134);
  blocks[1].frozen = true;
  EXPECT_EQ(write_and_square<double>(blocks), 109);
  EXPECT_EQ(squared_norm<double>(blocks), 109);
  blocks[2].frozen = true;
  EXPECT_EQ(write_and_square<double>(blocks), 5);
  EXPECT_EQ(squared_norm<double>({}), 0);
}

// RMSProp alone may have one or not: what a schedule says of momentum must not give it one.
TEST(RmsProp, HasAMomentumToScheduleWhereOneIsConfigured) {
  const auto steps = [](const Entries& given, std::optional<double> momentum) {
    Bench<double> bench("rmsprop", given, {3});
    EXPECT_EQ(bench.optimizer->has_momentum(), given.back().first == "momentum");
    bench.optimizer->set_momentum(momentum);
    Random random(3);
    for (int i = 0; i < 5; ++i) bench.step(random);
    return bench.weights;
  };
  const Entries without = {{"centered", true}};
  EXPECT_EQ(steps(without, 0.9), steps(without, std::nullopt));
  const Entries with = {{"centered", true}, {"momentum", 0.5}};
  EXPECT_NE(steps(with, 0.9), steps(with, std::nullopt));
  EXPECT_EQ(steps(with, 0.5), steps(with, std::nullopt));
}

TEST(Gradient, NormIsNotFiniteWhenOneElementIsNot) {
  for (const float odd : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 1e30F}) {
    std::vector<float> weights(3);
    std::vector<float> gradient = {1, odd, 2};
    const std::vector<ParameterBlock<float>> blocks = {{weights, gradient, 1}};
    EXPECT_FALSE(std::isfinite(squared_norm<float>(blocks))) << odd;
  }
}

}  // namespace
}  // namespace rekindle
