// A portfolio that is renewed between a sample's prediction and its lesson, which is when a learner finds a drift.
#include <gtest/gtest.h>

#include "learner/portfolio.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

Features features_of(double x, std::uint32_t coordinate) {
  Features out;
  out.resize<float>(1)[0] = static_cast<float>(x);
  const std::vector<SparseEntry> entries = {{coordinate, 1.0}};
  out.set_sparse<float>(entries);
  return out;
}

// The member that is new has room for none of the coordinates that came before it.
TEST(PortfolioRenewal, LearnsTheSampleThatBroughtANewCategory) {
  test::Recipe recipe;
  recipe.sparse_coordinates = 0;
  Portfolio portfolio(test::spec_of(recipe), 1, 2);
  const auto x = features_of(1, 500);
  Prediction out;
  portfolio.predict(x, out);
  portfolio.renew({});
  EXPECT_TRUE(portfolio.learn(x, 1, 1, {}).updated);
  portfolio.predict(x, out);
  EXPECT_GT(out.probabilities[1], 0.5) << "it has learned that this is a 1";
}

TEST(PortfolioRenewal, OfOneHotCategoriesGoesOnAfterADrift) {
  test::Recipe recipe;
  recipe.mode = LearnerMode::portfolio;
  recipe.policy = "graded";
  recipe.encoding = Encoding::onehot;
  auto learner = test::learner_of(recipe, 1);
  Random random(3);
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(fmt::format("k{}", i));
  for (int i = 0; i < 4000; ++i) {
    const auto kind = static_cast<std::size_t>(random.below(names.size()));
    const bool is_even = kind % 2 == 0;
    auto one = test::sample({random.normal()}, is_even == (i < 2000) ? 1 : 0);
    one.categories = {names[kind], names[kind % 3]};
    (void)test::learn(learner, one);
  }
  EXPECT_GE(learner.incidents().total(), 1U);
}

TEST(PortfolioRenewal, AmidABatchLeavesAllMembersInStep) {
  test::Recipe recipe;
  recipe.batch_size = 4;
  Portfolio portfolio(test::spec_of(recipe), 1, 2);
  Features x;
  x.resize<float>(1)[0] = 1;
  Prediction out;
  std::vector<int> updated_at;
  for (int i = 1; i <= 12; ++i) {
    portfolio.predict(x, out);
    if (i == 3) portfolio.renew({});
    if (portfolio.learn(x, 1, 1, {}).updated) updated_at.push_back(i);
  }
  EXPECT_EQ(updated_at, (std::vector{4, 8, 12}));
}

}  // namespace
}  // namespace rekindle
