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

TEST(BinaryScores, TakeTheLogOddsOfOneWhoKnowsThem) {
  BinaryScores told;
  BinaryScores found;
  for (double odds = -8.03; odds < 8; odds += 0.37) {
    const double p = 1 / (1 + std::exp(-odds));
    found.observe(odds > 1, p, p > 0.5);
    told.observe(odds > 1, p, p > 0.5, odds);
  }
  EXPECT_EQ(test::saved(told), test::saved(found));
  // A probability that is none is the wrong extreme, whatever the odds.
  found = BinaryScores();
  found.observe(true, std::numeric_limits<double>::quiet_NaN(), false, 3.0);
  BinaryScores extreme;
  extreme.observe(true, 0, false);
  EXPECT_EQ(test::saved(found), test::saved(extreme));
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

// Worked out by hand: four samples in bins of their own, from the highest score down + - + -.
TEST(BinaryScores, OfFourSamplesAreThoseOfTheTextbook) {
  const auto scores = scores_of({{0.9, true}, {0.7, false}, {0.6, true}, {0.2, false}});
  EXPECT_DOUBLE_EQ(*scores.auc(), 3.0 / 4) << "pairs in the right order";
  EXPECT_DOUBLE_EQ(*scores.pr_auc(), (1 + 2.0 / 3) / 2) << "precisions at the two positives";
  EXPECT_DOUBLE_EQ(*scores.f1(), 2.0 * 2 / (3 + 2)) << "two hits of three guesses and two positives";
  EXPECT_DOUBLE_EQ(*scores.brier(), (0.01 + 0.49 + 0.16 + 0.04) / 4);
  EXPECT_DOUBLE_EQ(*scores.normalized(0.5), 0.5 / std::log(2.0));
}

TEST(BinaryScores, OfOneSampleOfEachClassAreThere) {
  const auto scores = scores_of({{0.9, true}, {0.2, false}});
  EXPECT_EQ(scores.auc(), 1);
  EXPECT_EQ(scores.pr_auc(), 1);
  EXPECT_EQ(scores.f1(), 1);
  EXPECT_NE(scores.normalized(0.5), std::nullopt);
  const auto three = scores_of({{0.9, true}, {0.2, false}, {0.2, false}, {0.2, false}});
  EXPECT_DOUBLE_EQ(*three.normalized(0.5), 0.5 / -(0.25 * std::log(0.25) + 0.75 * std::log(0.75)));
}

TEST(BinaryScores, NeedNegativesAsMuchAsPositives) {
  for (const bool positive : {true, false}) {
    for (const int count : {1, 2}) {
      const auto scores = scores_of(std::vector<Scored>(static_cast<std::size_t>(count), {0.4, positive}));
      EXPECT_EQ(scores.auc(), std::nullopt) << positive;
      EXPECT_EQ(scores.pr_auc(), std::nullopt) << positive;
      EXPECT_EQ(scores.normalized(0.5), std::nullopt) << positive;
      EXPECT_DOUBLE_EQ(*scores.brier(), positive ? 0.36 : 0.16);
    }
  }
  EXPECT_EQ(BinaryScores().brier(), std::nullopt);
  EXPECT_EQ(BinaryScores().f1(), std::nullopt);
}

TEST(BinaryScores, CountAPositiveAtTheVeryBottom) {
  EXPECT_DOUBLE_EQ(*scores_of({{0, true}, {0.9, false}}).pr_auc(), 0.5);
  EXPECT_DOUBLE_EQ(*scores_of({{0, true}, {0.9, false}, {0.8, false}, {1, true}}).pr_auc(), (1 + 0.5) / 2);
}

// Samples of one bin count as if the positives lay evenly among the negatives: the k-th of P has k N / (P + 1) of the N before it.
TEST(BinaryScores, SpreadTheSamplesOfOneScoreEvenly) {
  std::vector<Scored> all = {{0.9, true}, {0.8, false}};
  double wanted = 1;
  constexpr int positives = 5;
  constexpr int negatives = 7;
  for (int i = 0; i < positives; ++i) all.push_back({0.3, true});
  for (int i = 0; i < negatives; ++i) all.push_back({0.3, false});
  for (int k = 1; k <= positives; ++k) wanted += (1.0 + k) / (2.0 + k + k * double{negatives} / (positives + 1));
  EXPECT_NEAR(*scores_of(all).pr_auc(), wanted / (positives + 1), 1e-12);
}

// The octave of the distance from even odds and the 128th part of it; what is nearer than the smallest octave is one.
std::int64_t cell(double p) {
  const double odds = std::log(p / (1 - p));
  const double size = std::min(std::abs(odds), 32.0);
  std::int64_t distance = 0;
  if (size >= std::ldexp(1, -20)) {
    const auto octave = static_cast<int>(std::min(std::floor(std::log2(size)), 4.0));
    const auto part = std::min(std::floor((size / std::ldexp(1, octave) - 1) * 128), 127.0);
    distance = (octave + 20) * 128 + static_cast<std::int64_t>(part) + 1;
  }
  return odds < 0 ? -1 - distance : distance;
}

// What the AUC of one positive and one negative says of their order.
double order(double positive, double negative) { return *scores_of({{positive, true}, {negative, false}}).auc(); }

TEST(BinaryScores, TellScoresApartByA128thOfTheirDistanceFromEvenOdds) {
  Random random(11);
  for (int i = 0; i < 900; ++i) {
    // Small probabilities say exactly how low they are; high ones have no such resolution.
    const double odds = -std::ldexp(1 + random.uniform(), static_cast<int>(random.below(25)) - 20);
    const double near = odds * (1 + 0.02 * (random.uniform() - 0.5));
    const double a = 1 / (1 + std::exp(-odds));
    const double b = 1 / (1 + std::exp(-near));
    for (const auto& [one, other] : {std::pair(a, b), {1 - a, 1 - b}, {a, 1 - b}}) {
      const auto difference = cell(one) - cell(other);
      EXPECT_EQ(order(one, other), difference > 0 ? 1 : (difference < 0 ? 0 : 0.5)) << odds << " " << near;
    }
  }
}

TEST(BinaryScores, TellTheOutermostAndTheInnermostScoresApart) {
  const auto of = [](double odds) { return 1 / (1 + std::exp(-odds)); };
  EXPECT_EQ(order(of(-31.8), of(-31.9)), 1) << "the last two parts of the last octave";
  EXPECT_EQ(order(of(-31.9), of(-700)), 0.5) << "all that is beyond is one";
  EXPECT_EQ(order(0, of(-700)), 0.5);
  EXPECT_EQ(order(0, 0), 0.5);
  EXPECT_EQ(order(1, 1), 0.5);
  EXPECT_EQ(order(of(-1.003e-6), of(-1.013e-6)), 1) << "in the first octave";
  EXPECT_EQ(order(of(9.57e-7), 0.5), 1) << "the first part of the first octave";
  EXPECT_EQ(order(of(1e-6), 0.5), 1) << "the first octave from even odds";
  EXPECT_EQ(order(0.5, of(-1e-6)), 1);
  EXPECT_EQ(order(of(0.5e-6), 0.5), 0.5) << "nearer than the first octave";
  EXPECT_EQ(order(0.5, of(-0.5e-6)), 1) << "even odds are not below themselves";
}

TEST(BinaryScores, OutsideTheScaleAreWrongAltogether) {
  for (const double p : {-0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    BinaryScores scores;
    scores.observe(true, p, true);
    EXPECT_EQ(scores.brier(), 1) << p;
    scores.observe(false, p, true);
    EXPECT_EQ(scores.brier(), 1) << p;
    EXPECT_EQ(scores.auc(), 0) << p;
  }
}

TEST(BinaryScores, AreSavedInAsMuchRoomAsTheirScoresTake) {
  const auto size = [](const std::vector<Scored>& all) { return test::saved(scores_of(all)).size(); };
  const auto empty = size({});
  const auto one = size({{0.3, true}}) - empty;
  EXPECT_LT(empty, 100U);
  EXPECT_LT(one, 100U);
  EXPECT_EQ(size({{0.3, false}}) - empty, one);
  EXPECT_EQ(size({{0.3, false}, {0.3, true}, {0.3, true}}) - empty, one);
  EXPECT_EQ(size({{0.3, false}, {0.6, true}, {0, true}, {1, false}}) - empty, 4 * one);
}

TEST(BinaryScores, ComeBackAtTheEndsOfTheScaleToo) {
  for (const auto& all : std::vector<std::vector<Scored>>{{}, {{1, true}}, {{0, false}}, {{0, true}, {0, false}, {1, false}, {1, true}}}) {
    const auto scores = scores_of(all);
    auto loaded = scores_of({{0.2, true}, {0.7, false}});
    ASSERT_TRUE(test::load_from(test::saved(scores), loaded));
    EXPECT_EQ(test::saved(loaded), test::saved(scores));
    EXPECT_EQ(loaded.auc(), scores.auc());
  }
}

TEST(BinaryScores, RefuseAScoreBeyondTheEnd) {
  auto bytes = test::saved(scores_of({{1, true}}));
  constexpr std::size_t behind_index = 2 * sizeof(std::uint64_t);  // Its positives and negatives.
  auto& index = bytes[bytes.size() - behind_index - sizeof(std::uint32_t)];
  index = static_cast<std::byte>(static_cast<unsigned>(index) + 1);
  BinaryScores loaded;
  EXPECT_FALSE(test::load_from(bytes, loaded));
}

}  // namespace
}  // namespace rekindle
