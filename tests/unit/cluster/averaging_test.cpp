#include "cluster/averaging.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace rekindle::cluster {
namespace {

using testing::ElementsAre;

// What leads from one model to the next where the mean is not gone beyond.
CommonState averaged(const CommonState& state, std::span<const WeightedChange> changes, bool single_precision) {
  return moved(state, changes, mean_of(changes), single_precision);
}

TEST(Averaging, AddsTheChangesByTheirShares) {
  const CommonState a{{1, 0}, {}};
  const CommonState b{{4, -8}, {}};
  const std::vector<WeightedChange> changes = {{&a, 0.5}, {&b, 0.25}};
  EXPECT_THAT(averaged({{10, 20}, {}}, changes, false).weights, ElementsAre(11.5, 18));
  EXPECT_THAT(averaged({{10, 20}, {}}, {}, false).weights, ElementsAre(10, 20));
}

TEST(Averaging, GoesFromTheMeanTowardsTheSumAsFarAsItIsTold) {
  const CommonState a{{1, 1}, {}};
  const CommonState b{{3, 3}, {}};
  const std::vector<WeightedChange> changes = {{&a, 0.5, 1}, {&b, 0.5, 1}};
  EXPECT_THAT(step_of(mean_of(changes), changes, StepLength(std::vector<double>{0, 0.25}), 1), ElementsAre(2, 2.5))
      << "a part for each weight";
  EXPECT_THAT(step_of(mean_of(changes), changes, StepLength(std::vector<double>{0.5}), 1), ElementsAre(3, 3));
  EXPECT_THAT(step_of(mean_of(changes), changes, StepLength(std::vector<double>{0.5}), 0.5), ElementsAre(2.5, 2.5))
      << "with the fresh half alone";
  EXPECT_THAT(step_of(mean_of(changes), changes, StepLength(std::size_t{0}), 1), ElementsAre(2, 2));
}

TEST(AStepLength, GrowsWhereTheNextChangePointsOnAndShrinksWhereItPointsBack) {
  StepLength length(std::size_t{2});
  length.observe(std::vector<double>{1, 1}, 1);
  EXPECT_THAT(length.values(), ElementsAre(StepLength::initial, StepLength::initial)) << "nothing was gone yet";
  length.went({2, 2});
  length.observe(std::vector<double>{0.1, -5}, 1);
  EXPECT_THAT(length.values(), ElementsAre(StepLength::highest, StepLength::initial - StepLength::pace));
  length.observe(std::vector<double>{0, -1}, 1);
  EXPECT_THAT(length.values(), ElementsAre(StepLength::highest, 0)) << "no change says nothing, and none goes below the mean";
  length.forget();
  length.observe(std::vector<double>{-1, 1}, 1);
  EXPECT_THAT(length.values(), ElementsAre(StepLength::highest, 0));
}

// What was learned before the newest step was heard says nothing of it, unless it points back.
TEST(AStepLength, GrowsByWhatIsFreshAloneAndShrinksByAll) {
  StepLength length(std::vector<double>{0.1, 0.4});
  length.went({1, 1});
  length.observe(std::vector<double>{1, -1}, 0.25);
  EXPECT_THAT(length.values(),
              ElementsAre(testing::DoubleNear(0.1 + StepLength::pace / 4, 1e-12), testing::DoubleNear(0.4 - StepLength::pace, 1e-12)));
}

// The first part turns by 45 degrees, the second one back by as much: cosines of 1 / sqrt(2) either way.
TEST(AStepLength, GoesByTheCosineBetweenTwoStepsOfItsPart) {
  StepLength length(std::vector<double>{0.1, 0.4});
  length.went({2, 0, 0, 3});
  length.observe(std::vector<double>{1, 1, -5, -5}, 0.25);
  const double turned = StepLength::pace / std::sqrt(2.0);
  EXPECT_THAT(length.values(), ElementsAre(testing::DoubleNear(0.1 + turned / 4, 1e-12), testing::DoubleNear(0.4 - turned, 1e-12)));
}

TEST(Averaging, RoundsToWhatEveryWorkerWillHold) {
  const CommonState change{{0.1}, {}};
  const std::vector<WeightedChange> changes = {{&change, 1}};
  EXPECT_EQ(averaged({{0}, {}}, changes, true).weights[0], static_cast<double>(0.1F));
  EXPECT_EQ(averaged({{0}, {}}, changes, false).weights[0], 0.1);
}

// Half of the values around 1, half around 3, each with variance 1: together around 2 with variance 2.
TEST(Averaging, PoolsVariancesOfWorkersWhoseMeansLieApart) {
  const CommonState a{{}, {1, 1}};
  const CommonState b{{}, {3, 1}};
  const std::vector<WeightedChange> changes = {{&a, 0.5}, {&b, 0.5}};
  EXPECT_THAT(averaged({{}, {0, 0}}, changes, false).statistics, ElementsAre(2, 2));
}

TEST(Averaging, NeverMakesAVarianceNegative) { EXPECT_THAT(sum({{}, {0, 1}}, {{}, {0, -5}}).statistics, ElementsAre(0, 0)); }

TEST(Averaging, LeavesMeansBelowZeroWhereTheyAre) {
  EXPECT_THAT(sum({{}, {-1, -2, 1, 1}}, {{}, {-1, -1, 1, -3}}).statistics, ElementsAre(-2, -3, 2, 0));
}

TEST(Averaging, OfNothingIsNothing) { EXPECT_THAT(mean_of({}), testing::IsEmpty()); }

TEST(Averaging, KnowsWhatIsNotFinite) {
  EXPECT_TRUE(is_finite({{1}, {2}}));
  EXPECT_FALSE(is_finite({{std::numeric_limits<double>::quiet_NaN()}, {}}));
  EXPECT_FALSE(is_finite({{}, {std::numeric_limits<double>::infinity()}}));
}

}  // namespace
}  // namespace rekindle::cluster
