#include <gmock/gmock.h>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

using Numbers = std::vector<double>;
using Indexes = std::vector<std::uint32_t>;

const std::vector<test::Entries> settings = {
    {}, {{"weight_decay", 0.1}}, {{"l1", 0.01}}, {{"clip_norm", 0.5}}, {{"clip_value", 0.3}, {"weight_decay", 0.01}}};

template <class Check>
void for_every_setting(Check check) {
  for (const auto& row : optimizers()) {
    for (const auto& given : settings) {
      SCOPED_TRACE(row.name + " " + Value(test::table(given)).text());
      check(test::choose_optimizer(row.name, given));
    }
  }
}

Numbers draw(Random& random, std::size_t count) {
  Numbers out(count);
  for (auto& one : out) one = random.normal();
  return out;
}

void step(Optimizer<double>& optimizer, Numbers& weights, Numbers gradient) {
  const ParameterBlock<double> block{weights, gradient};
  optimizer.apply({&block, 1}, 0.1);
}

void step(Optimizer<double>& optimizer, Numbers& weights, Numbers gradient, const Indexes& index) {
  const ParameterBlock<double> block{weights, gradient, 1, /*sparse=*/true, index};
  optimizer.apply({&block, 1}, 0.1);
}

TEST(SparseStep, IsTheDenseOneWhereEveryCoordinateIsThere) {
  for_every_setting([](const Choice<OptimizerRow>& choice) {
    const auto dense = test::make_optimizer<double>(choice, {5});
    const auto sparse = test::make_optimizer<double>(choice, {5});
    Numbers dense_weights(5, 1.0);
    Numbers sparse_weights(5, 1.0);
    Random random(3);
    for (int i = 0; i < 30; ++i) {
      const auto gradient = draw(random, 5);
      step(*dense, dense_weights, gradient);
      step(*sparse, sparse_weights, gradient, {0, 1, 2, 3, 4});
    }
    EXPECT_EQ(dense_weights, sparse_weights);
    EXPECT_EQ(test::saved(*dense), test::saved(*sparse));
  });
}

// What counts steps is the same for both; the coordinates that take part are a block of their own.
TEST(SparseStep, IsTheDenseOneOfABlockWithOnlyItsCoordinates) {
  for_every_setting([](const Choice<OptimizerRow>& choice) {
    const auto dense = test::make_optimizer<double>(choice, {2});
    const auto sparse = test::make_optimizer<double>(choice, {1000});
    Numbers dense_weights(2, 0.5);
    Numbers sparse_weights(1000, 0.5);
    Random random(3);
    for (int i = 0; i < 30; ++i) {
      const auto gradient = draw(random, 2);
      step(*dense, dense_weights, gradient);
      step(*sparse, sparse_weights, gradient, {17, 999});
    }
    EXPECT_EQ((Numbers{sparse_weights[17], sparse_weights[999]}), dense_weights);
    for (std::size_t j = 0; j < sparse_weights.size(); ++j) {
      const bool touched = j == 17 || j == 999;
      EXPECT_EQ(sparse_weights[j] == 0.5, !touched) << j;
    }
  });
}

TEST(SparseStep, WithoutACoordinateChangesNoWeight) {
  for_every_setting([](const Choice<OptimizerRow>& choice) {
    const auto optimizer = test::make_optimizer<double>(choice, {3});
    Numbers weights = {1, 2, 3};
    step(*optimizer, weights, {}, {});
    EXPECT_EQ(weights, (Numbers{1, 2, 3}));
  });
}

}  // namespace
}  // namespace rekindle
