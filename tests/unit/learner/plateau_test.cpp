// When a loss that stands still is told of, against a second writing of the rules.
#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "learner/plateau_bump.hpp"
#include "learner/plateau_reduction.hpp"
#include "support/choices.hpp"
#include "support/learners.hpp"

namespace rekindle {
namespace {

using ::testing::ElementsAre;

// The mean of all losses until there are `memory` of them, then one that forgets at that rate; a thousandth is an improvement.
class NaiveBump {
 public:
  explicit NaiveBump(std::uint64_t patience) : patience_(patience), memory_(std::max(10.0, static_cast<double>(patience) / 4)) {}
  bool observe(double loss) {
    count_ += 1;
    mean_ += (loss - mean_) / std::min(count_, memory_);
    const bool improved = count_ == 1 || mean_ < best_ - 0.001 * std::abs(best_);
    standing_ = improved ? 0 : standing_ + 1;
    if (improved) best_ = mean_;
    if (standing_ != patience_) return false;
    standing_ = 0;
    best_ = mean_;
    return true;
  }
  [[nodiscard]] std::uint64_t standing() const { return standing_; }

 private:
  std::uint64_t patience_;
  double memory_;
  double count_ = 0;
  double mean_ = 0;
  double best_ = 0;
  std::uint64_t standing_ = 0;
};

TEST(PlateauBump, IsDueWhenItsRulesSayItIs) {
  for (const std::uint64_t patience : {1U, 7U, 30U, 50U, 100U, 150U}) {
    PlateauBump bump({.patience = patience, .factor = 2, .max_lr = 1, .decay_stretch = 2});
    NaiveBump naive(patience);
    Random random(patience);
    int due = 0;
    for (int i = 0; i < 5000; ++i) {
      // Falls ever more slowly, to below zero at last.
      const double loss = 10 / std::sqrt(1 + i) - 0.2 + 0.02 * random.normal();
      const bool told = bump.observe(loss);
      ASSERT_EQ(told, naive.observe(loss)) << patience << " at " << i;
      ASSERT_EQ(bump.updates_without_improvement(), naive.standing()) << patience << " at " << i;
      due += told ? 1 : 0;
    }
    EXPECT_GT(due, 0) << patience;
  }
}

TEST(PlateauBump, ForgetsWhatItSawWhenItStartsAnew) {
  const PlateauBumpSpec spec{.patience = 20, .factor = 2, .max_lr = 1, .decay_stretch = 2};
  PlateauBump bump(spec);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(bump.observe(1));
  EXPECT_EQ(bump.updates_without_improvement(), 9U) << "the first is the best";
  bump.start_anew();
  EXPECT_EQ(bump.updates_without_improvement(), 0U);
  // A loss that is higher than any before is the best of those that count now.
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(bump.observe(5)) << i;
  EXPECT_TRUE(bump.observe(5));
}

test::Recipe plateau(double epoch_samples) {
  test::Recipe recipe;
  recipe.schedule = "plateau";
  recipe.schedule_parameters = {{"patience", std::int64_t{0}}, {"factor", 0.5}, {"threshold", 0.0}};
  recipe.epoch_samples = epoch_samples;
  return recipe;
}

PlateauReduction reduction(double epoch_samples) { return PlateauReduction(test::spec_of(plateau(epoch_samples)).member.schedule); }

TEST(PlateauReduction, ComparesTheMeanLossesOfEpochs) {
  auto reducing = reduction(10);
  // Batches of 4, 4 and 2 or more; an epoch ends with the batch that fills it.
  const auto epoch = [&](double first, double second, double third, std::uint64_t last = 2) {
    EXPECT_EQ(reducing.observe(first, 4), 1);
    EXPECT_EQ(reducing.observe(second, 4), 1);
    return reducing.observe(third, last);
  };
  EXPECT_EQ(epoch(1, 2, 4), 1) << "the mean is 2, the best so far";
  EXPECT_EQ(epoch(2, 2, 1.5), 1) << "the mean is 1.9, which is better";
  EXPECT_EQ(epoch(1, 3, 1.5), 0.5) << "1.9 is not better than 1.9";
  EXPECT_EQ(epoch(1, 1, 3.5, 4), 1) << "of twelve samples: 1.83";
  EXPECT_EQ(epoch(2, 2, 1), 1) << "1.8";
  EXPECT_EQ(epoch(2, 2, 2), 0.5);
}

TEST(PlateauReduction, TakesEverySampleForAnEpochWhereOneIsNoLonger) {
  for (const double epoch_samples : {1.0, 0.5}) {
    auto reducing = reduction(epoch_samples);
    std::vector<double> factors;
    for (const double loss : {3.0, 2.0, 2.0, 1.0, 1.0}) factors.push_back(reducing.observe(loss, 1));
    EXPECT_THAT(factors, ElementsAre(1, 1, 0.5, 1, 0.5)) << epoch_samples;
  }
}

TEST(PlateauReduction, ForgetsTheEpochThatHadBegunWhenItStartsAnew) {
  for (const auto& [next, factor] : {std::pair(2.9, 1.0), {3.05, 0.5}}) {
    auto reducing = reduction(10);
    EXPECT_EQ(reducing.observe(1, 10), 1);
    EXPECT_EQ(reducing.observe(100, 9), 1);
    reducing.start_anew();
    EXPECT_EQ(reducing.observe(3, 9), 1) << "ten samples more, not one";
    EXPECT_EQ(reducing.observe(3, 1), 1) << "the first epoch is the best";
    EXPECT_EQ(reducing.observe(next, 10), factor) << "which had a mean of 3";
  }
}

TEST(PlateauReduction, OfAnotherScheduleNeverReduces) {
  PlateauReduction none(test::spec_of({}).member.schedule);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(none.observe(1, 100'000), 1);
}

TEST(PlateauReduction, TakesNothingFromTheStateOfAnotherSchedule) {
  auto old = reduction(10);
  EXPECT_EQ(old.observe(1, 10), 1);
  EXPECT_EQ(old.observe(1, 5), 1);
  auto same = reduction(10);
  ASSERT_TRUE(test::load_from(test::saved(old), same));
  EXPECT_EQ(same.observe(2, 5), 0.5) << "half of the epoch had been seen, and the best before it";
  auto other = reduction(20);
  ASSERT_TRUE(test::load_from(test::saved(old), other));
  EXPECT_EQ(other.observe(2, 15), 1);
  EXPECT_EQ(other.observe(2, 5), 1) << "its first epoch";
}

}  // namespace
}  // namespace rekindle
