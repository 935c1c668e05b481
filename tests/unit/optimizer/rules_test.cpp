// The rules themselves, against their formulas and at their edges; those of torch, Keras and optax are followed in tests/golden.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "optimizer/idbd.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::choose_optimizer;
using test::Entries;
using test::make_optimizer;

// One weight after each of these gradients in turn, from 1.
template <class Real>
std::vector<Real> walk(Optimizer<Real>& optimizer, const std::vector<double>& gradients, double rate) {
  std::vector<Real> weight = {1};
  std::vector<Real> out;
  for (const double g : gradients) {
    std::vector<Real> gradient = {static_cast<Real>(g)};
    const ParameterBlock<Real> block{weight, gradient};
    optimizer.apply({&block, 1}, rate);
    out.push_back(weight[0]);
  }
  return out;
}

std::vector<double> walk(const std::string& type, const Entries& given, const std::vector<double>& gradients, double rate) {
  return walk(*make_optimizer<double>(choose_optimizer(type, given), {1}), gradients, rate);
}

struct Follow {
  double power;
  double initial;
  double l1;
  double l2;
  double shrinkage;
  double beta;
  double rate;
};

// McMahan et al. 2013 as Keras writes it, straight from the formula, p being -learning_rate_power.
TEST(Ftrl, FollowsItsFormulaForEveryPower) {
  const std::vector<Follow> cases = {
      {-0.5, 0.1, 0, 0, 0, 0, 0.1},        {-0.5, 0.1, 0.3, 0.2, 0.1, 0.5, 1},  {-0.5, 0.7, 0.1, 0, 0, 0, 20},
      {-1, 0.1, 0.2, 0.1, 0.05, 0.3, 0.2}, {-0.25, 0.5, 0.01, 0.1, 0, 1, 0.05}, {0, 0.1, 0.05, 0, 0.1, 0, 0.3},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.power);
    Random random(9);
    std::vector<double> gradients(50);
    for (auto& g : gradients) g = random.normal();
    const auto ours = walk("ftrl",
                           {{"learning_rate_power", c.power},
                            {"initial_accumulator_value", c.initial},
                            {"l1", c.l1},
                            {"l2", c.l2},
                            {"l2_shrinkage", c.shrinkage},
                            {"beta", c.beta}},
                           gradients, c.rate);
    double w = 1;
    double z = 0;
    double n = c.initial;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const double g = gradients[i];
      const double sum = n + g * g;
      z += g + 2 * c.shrinkage * w - (std::pow(sum, -c.power) - std::pow(n, -c.power)) / c.rate * w;
      n = sum;
      w = (std::clamp(z, -c.l1, c.l1) - z) / (std::pow(n, -c.power) / c.rate + 2 * c.l2 + c.beta / c.rate);
      ASSERT_NEAR(ours[i], w, 1e-11 * (1 + std::abs(w))) << i;
    }
  }
}

TEST(Ftrl, LeavesAWeightAloneThatNothingHolds) {
  EXPECT_EQ(walk("ftrl", {{"initial_accumulator_value", 0}}, {0, 0}, 0.1), (std::vector<double>{1, 1})) << "no gradient yet";
  EXPECT_EQ(walk("ftrl", {}, {2, -1}, 0), (std::vector<double>{1, 1})) << "a rate of 0";
}

// One over the smallest rates is no number that can be computed with: they count as 0.
TEST(Ftrl, MovesNothingAtARateThatIsNoNormalNumber) {
  for (const float rate : {std::numeric_limits<float>::min(), std::numeric_limits<float>::denorm_min()}) {
    const auto optimizer = make_optimizer<float>(choose_optimizer("ftrl"), {1});
    EXPECT_EQ(walk(*optimizer, {2, -1}, static_cast<double>(rate)), (std::vector<float>{1, 1})) << rate;
  }
}

// Sutton's IDBD with Autostep's normalisation, as the header of the rule says it; the last gradients are large ones, of which each
// step reaches its own zero and no further.
TEST(Idbd, FollowsItsFormula) {
  for (const double scale : {1e-15, 1e-3, 1.0}) {
    SCOPED_TRACE(scale);
    const auto optimizer = idbd_row().make.make<double>(choose_optimizer("sgd").parameters, std::vector<std::size_t>{1});
    EXPECT_EQ(optimizer->rate_factor(), 1);
    Random random(10);
    std::vector<double> gradients(3000);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      gradients[i] = scale * (random.normal() + (i / 300 % 2 == 0 ? 2 : 0)) * (i % 500 > 480 ? 30 : 1);
    }
    const auto ours = walk(*optimizer, gradients, 0.1);
    double w = 1;
    double a = 1;
    double h = 0;
    double v = 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const double g = gradients[i];
      const double agreement = -g * h;
      v = std::max(std::abs(agreement), v + 1e-4 * (std::abs(agreement) - v));
      a = std::clamp(a * (1 + 0.03 * agreement / (v + 1e-30)), std::exp(-7), std::exp(5));
      const double step = std::min(0.1 * a, 1 / (g * g));
      w -= step * g;
      h = h * (1 - step * g * g) - step * g;
      ASSERT_NEAR(ours[i], w, 1e-9 * (1 + std::abs(w))) << i;
    }
    EXPECT_NEAR(optimizer->rate_factor(), a, 1e-9 * a);
  }
}

TEST(Lion, StandsStillWithoutAGradient) { EXPECT_EQ(walk("lion", {}, {0, 0}, 0.1), (std::vector<double>{1, 1})); }

// The square is exactly the mean's here, so that nothing but eps divides.
TEST(RmsProp, DividesByEpsAloneWhereTheGradientNeverChanges) {
  EXPECT_EQ(walk("rmsprop", {{"centered", true}, {"alpha", 0}, {"eps", 0.5}}, {3, 3}, 0.25), (std::vector<double>{-0.5, -2}));
}

// Two thirds of the memory are for what is not switched on.
TEST(RmsProp, KeepsAndSavesNoMoreThanItUses) {
  const auto size = [](const Entries& given) {
    return test::saved(*make_optimizer<float>(choose_optimizer("rmsprop", given), {1000})).size();
  };
  EXPECT_LT(size({}), 4100U);
  EXPECT_GT(size({{"momentum", 0.5}}), 12000U);
  EXPECT_GT(size({{"centered", true}}), 12000U);
}

// A schedule that cycles a momentum leaves an optimizer without one as it is, also beside one that was never told.
TEST(RmsProp, IsGivenNoMomentumByASchedule) {
  const auto choice = choose_optimizer("rmsprop", {{"centered", true}});
  const auto told = make_optimizer<double>(choice, {1});
  const auto untold = make_optimizer<double>(choice, {1});
  told->set_momentum(0.9);
  const std::vector<double> gradients = {1, -0.5, 2, 0.25};
  EXPECT_EQ(walk(*told, gradients, 0.1), walk(*untold, gradients, 0.1));
}

}  // namespace
}  // namespace rekindle
