#include "learner/binary_scores.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

struct Scored {
  double p;
  bool positive;
};

double exact_auc(const std::vector<Scored>& all) {
  double right = 0;
  double pairs = 0;
  for (const auto& a : all) {
    for (const auto& b : all) {
      if (!a.positive || b.positive) continue;
      pairs += 1;
      right += a.p > b.p ? 1 : (a.p == b.p ? 0.5 : 0);
    }
  }
  return right / pairs;
}

// Average precision, as scikit-learn defines it.
double exact_pr_auc(std::vector<Scored> all) {
  std::ranges::sort(all, [](const auto& a, const auto& b) { return a.p > b.p; });
  double hits = 0;
  double area = 0;
  double positives = 0;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    double here = 0;
    for (; end < all.size() && all[end].p == all[i].p; ++end) here += all[end].positive ? 1 : 0;
    hits += here;
    positives += here;
    area += here * hits / static_cast<double>(end);
    i = end;
  }
  return area / positives;
}

BinaryScores scores_of(const std::vector<Scored>& all) {
  BinaryScores scores;
  for (const auto& one : all) scores.observe(one.positive, one.p, one.p > 0.5);
  return scores;
}

std::vector<Scored> drawn(int count, double share, double distance, double offset, std::uint64_t seed) {
  Random random(seed);
  std::vector<Scored> out;
  for (int i = 0; i < count; ++i) {
    const bool positive = random.uniform() < share;
    const double odds = offset + random.normal() + (positive ? distance : 0);
    out.push_back({1 / (1 + std::exp(-odds)), positive});
  }
  return out;
}

TEST(BinaryScores, AreWithinAThousandthOfTheExactAreas) {
  for (const double share : {0.5, 0.05, 0.01}) {
    for (const double distance : {0.0, 1.0, 3.0}) {
      for (const double offset : {0.0, -4.0}) {
        const auto all = drawn(8000, share, distance, offset, 9);
        const auto scores = scores_of(all);
        EXPECT_NEAR(*scores.auc(), exact_auc(all), 1e-3) << share << " " << distance << " " << offset;
        EXPECT_NEAR(*scores.pr_auc(), exact_pr_auc(all), 1e-3) << share << " " << distance << " " << offset;
      }
    }
  }
}

TEST(BinaryScores, SeeSmallDifferencesAroundEvenOdds) {
  auto all = drawn(3000, 0.5, 2, 0, 4);
  for (auto& one : all) one.p = 0.5 + 1e-4 * (one.p - 0.5);
  EXPECT_NEAR(*scores_of(all).auc(), exact_auc(all), 1e-3);
}

TEST(BinaryScores, OfAConstantGuessAreChance) {
  std::vector<Scored> all;
  for (int i = 0; i < 4000; ++i) all.push_back({0.3, i % 4 == 0});
  const auto scores = scores_of(all);
  EXPECT_EQ(scores.auc(), 0.5);
  EXPECT_NEAR(*scores.pr_auc(), 0.25, 1e-3);
  EXPECT_EQ(scores.f1(), 0);
}

TEST(BinaryScores, TakeTheEndsOfTheScaleAndWhatIsNoNumber) {
  BinaryScores scores;
  scores.observe(true, 1, true);
  scores.observe(false, 0, false);
  EXPECT_EQ(scores.auc(), 1);
  EXPECT_EQ(scores.brier(), 0);
  scores.observe(true, std::numeric_limits<double>::quiet_NaN(), false);
  EXPECT_EQ(scores.auc(), 0.75) << "beside a negative at the same end";
}

TEST(BinaryScores, AreAbsentWhileThereIsOneClassOnly) {
  BinaryScores scores;
  scores.observe(false, 0.2, false);
  EXPECT_EQ(scores.auc(), std::nullopt);
  EXPECT_EQ(scores.pr_auc(), std::nullopt);
  EXPECT_EQ(scores.f1(), std::nullopt);
  EXPECT_EQ(scores.normalized(0.3), std::nullopt);
}

TEST(BinaryScores, OfOneMissedPositiveAreNoneRight) {
  BinaryScores scores;
  scores.observe(true, 0.2, false);
  EXPECT_EQ(scores.f1(), 0);
}

TEST(BinaryScores, ComeBackAsTheyWereSaved) {
  const auto scores = scores_of(drawn(500, 0.2, 1, 0, 3));
  BinaryScores loaded;
  ASSERT_TRUE(test::load_from(test::saved(scores), loaded));
  EXPECT_EQ(test::saved(loaded), test::saved(scores));
  EXPECT_EQ(loaded.auc(), scores.auc());
}

}  // namespace
}  // namespace rekindle
