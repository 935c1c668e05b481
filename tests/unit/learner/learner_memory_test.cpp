// What a learner takes into its memory: samples for forgetting, categories.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "learner/forgetting.hpp"
#include "learner/learner.hpp"
#include "support/learners.hpp"
#include "unit/learner/learner_parts.hpp"

namespace rekindle {
namespace {

using test::beginning_of;
using test::by_hand;
using test::learn;
using test::sample;
using test::scripted;
using test::watched_by;

// Of a time that may be forgotten as many samples are kept as fit, in the numbers that the model computes in.
TEST(Learner, KeepsSamplesForForgettingAsItsModelSawThem) {
  for (const auto precision : {Precision::float32, Precision::float64}) {
    const bool twofold = precision == Precision::float64;
    const auto quiet = scripted([](double) { return DriftSignal(); });
    auto spec = watched_by(quiet, DriftInput::loss, Task::regression, 0);
    spec.member.precision = precision;
    Learner learner(spec, test::feature_names(100));
    Forgetting expected(learner.spec().seed);
    for (int i = 0; i < 400; ++i) {
      const std::vector<double> values(100, 0.001 * i);
      (void)learn(learner, sample(values, i % 7));
      Features x;
      if (twofold) std::ranges::copy(values, x.resize<double>(100).begin());
      if (!twofold) std::ranges::fill(x.resize<float>(100), static_cast<float>(0.001 * i));
      expected.observe(x, i % 7, twofold);
    }
    ByteWriter out;
    expected.save(out, twofold);
    const std::vector<std::byte> bytes(out.bytes().begin(), out.bytes().end());
    EXPECT_EQ(beginning_of(learner, "forgetting", bytes.size()), bytes) << twofold;
    EXPECT_LT(bytes.size(), 140'000U);
  }
}

// Two categories and their pair, of a regression, which has one output.
TEST(Learner, TakesCategoriesInUpToTheLastByte) {
  for (const std::uint64_t short_of : {0, 1}) {
    auto recipe = by_hand();
    recipe.encoding = Encoding::onehot;
    auto spec = test::spec_of(recipe);
    spec.memory_limit = static_cast<std::uint64_t>(std::ceil(3 * memory_need(spec).a_weight)) - short_of;
    Learner learner(spec, test::feature_names(1));
    auto one = sample({1}, 5);
    one.categories = {"new", "blue"};
    (void)learn(learner, one);
    EXPECT_EQ(learner.categories().names().size(), short_of == 0 ? 3U : 0U);
  }
}

}  // namespace
}  // namespace rekindle
