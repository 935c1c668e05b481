// A flip that hardly any sample shows: few are positive, and the 0/1 error of saying "no" stays low.
#include <gmock/gmock.h>

#include <algorithm>

#include "learner/binary_scores.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::learner_of;
using test::Recipe;

constexpr std::size_t flip = 20'000;
constexpr std::size_t length = 40'000;

// All weights change their sign at `flip`.
std::vector<Sample> stream(double positives, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> weights(10);
  for (auto& w : weights) w = random.normal();
  std::vector<Sample> out;
  for (std::size_t i = 0; i < length; ++i) {
    const double wanted = random.uniform() < positives ? 1 : 0;
    std::vector<double> x(weights.size());
    double label = -1;
    while (label != wanted) {
      double score = 0;
      for (std::size_t j = 0; j < x.size(); ++j) score += weights[j] * (x[j] = random.normal());
      label = (i < flip ? score : -score) >= 0 ? 1 : 0;
      if (random.uniform() < 0.05) label = 1 - label;
    }
    out.push_back(test::sample(std::move(x), label));
  }
  return out;
}

struct Found {
  double positives_to_alarm = 1e9;
  int false_alarms = 0;  // Before the flip.
  double auc = 0;        // Of the last quarter.
};

Found learned(const Recipe& recipe, std::span<const Sample> samples, std::size_t begin) {
  auto learner = learner_of(recipe, samples[0].values.size());
  Found out;
  BinaryScores late;
  double positives = 0;
  for (std::size_t i = begin; i < samples.size(); ++i) {
    const bool positive = samples[i].label.number == 1;
    const auto before = learner.incidents().total();
    (void)test::learn(learner, samples[i]);
    if (i >= flip && positive) ++positives;
    if (i >= length * 3 / 4) late.observe(positive, learner.prediction().probabilities[1], learner.prediction().value == 1);
    if (learner.incidents().total() == before) continue;
    if (i < flip) ++out.false_alarms;
    if (i >= flip) out.positives_to_alarm = std::min(out.positives_to_alarm, positives);
  }
  out.auc = late.auc().value_or(0);
  return out;
}

// The AUC comes back without a false alarm, whether the flip was seen or not. Positives until it was, for each seed.
std::vector<double> expect_recovered(const Recipe& recipe, double positives) {
  std::vector<double> delays;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto samples = stream(positives, seed);
    const auto found = learned(recipe, samples, 0);
    delays.push_back(found.positives_to_alarm);
    EXPECT_EQ(found.false_alarms, 0) << positives << " seed " << seed;
    auto idle = recipe;
    idle.policy = "none";
    EXPECT_GT(found.auc, learned(idle, samples, flip).auc - 0.02) << positives << " seed " << seed;
  }
  std::ranges::sort(delays);
  return delays;
}

void expect_found(const Recipe& recipe, double positives) { EXPECT_LE(expect_recovered(recipe, positives)[1], 20) << positives; }

Recipe portfolio() {
  Recipe recipe;
  recipe.mode = LearnerMode::portfolio;
  recipe.policy = "graded";
  return recipe;
}

Recipe single() {
  Recipe recipe;
  recipe.policy = "graded";
  recipe.schedule = "cosine";
  recipe.schedule_parameters = {{"T_max", 3000.0}, {"eta_min", 0.003}};
  recipe.lr = 0.03;
  return recipe;
}

TEST(RarePositives, ASingleLearnerSeesAFlipAtOnePerCentWithinTwentyOfThem) { expect_found(single(), 0.01); }
TEST(RarePositives, ASingleLearnerSeesAFlipAtFivePerCentWithinTwentyOfThem) { expect_found(single(), 0.05); }
TEST(RarePositives, APortfolioSeesAFlipAtFivePerCentWithinTwentyOfThem) { expect_found(portfolio(), 0.05); }

// With so few features it may have adapted by the 99 others before ten positives have come: then there is nothing left to see.
TEST(RarePositives, APortfolioRecoversFromAFlipAtOnePerCentSeenOrNot) { (void)expect_recovered(portfolio(), 0.01); }

}  // namespace
}  // namespace rekindle
