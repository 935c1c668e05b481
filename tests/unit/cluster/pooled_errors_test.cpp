// The errors of all workers together, and whether they have risen.
#include "cluster/pooled_errors.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace rekindle::cluster {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Workers that publish what they have learned since their last publication.
class ErrorsOfAll : public testing::Test {
 protected:
  void publish(WorkerId worker, std::uint64_t samples, double errors, int times = 1) {
    auto& sums = sums_[worker];
    for (int i = 0; i < times; ++i) {
      sums.count += samples;
      sums.errors += errors;
      errors_.observe(worker, sums);
    }
  }
  // Where its count begins.
  void begin(WorkerId worker) { publish(worker, 1000, 0); }
  // Two workers alike, of a thousand samples each.
  void begin_two(double errors) {
    for (const WorkerId worker : {0U, 1U}) {
      begin(worker);
      publish(worker, 1000, errors);
    }
  }
  void begin_anew() {
    errors_.clear();
    sums_.clear();
  }
  [[nodiscard]] auto rise() const { return errors_.rise(); }
  PooledErrors errors_;

 private:
  std::map<WorkerId, ErrorSums> sums_;
};

// -log of Chernoff's bound on a share of at least `after` of `n` samples, where the usual one is `usual`: n times the relative entropy.
double bound(double after, double n, double usual) {
  if (after <= usual) return 0;
  const double rest = after < 1 ? (1 - after) * std::log((1 - after) / (1 - usual)) : 0;
  return n * (after * std::log(after / usual) + rest);
}

// Two standard deviations and one sample above what was seen.
double usual_at_most(double errors, double samples) {
  const double share = errors / samples;
  return share + 2 * std::sqrt(share * (1 - share) / samples) + 1 / samples;
}

TEST_F(ErrorsOfAll, RiseWhereChanceWouldNotMakeAsMany) {
  for (const std::uint64_t before : {256U, 400U, 2000U}) {
    for (const double share : {0.0, 0.05, 0.25, 0.5, 0.9}) {
      for (const std::uint64_t after : {2U, 3U, 4U, 5U, 8U, 20U, 100U, 1000U}) {
        const double errors = share * static_cast<double>(before);
        const double usual = usual_at_most(errors, static_cast<double>(before));
        const auto improbable = [&](std::uint64_t wrong) {
          return bound(static_cast<double>(wrong) / static_cast<double>(after), static_cast<double>(after), usual) >= 11.5;
        };
        std::uint64_t fewest = 1;
        while (fewest < after && !improbable(fewest)) ++fewest;
        for (const auto wrong : {fewest - 1, fewest, after}) {
          begin_anew();
          begin(0);
          publish(0, before, errors);
          publish(0, after, static_cast<double>(wrong));
          ASSERT_EQ(rise().has_value(), improbable(wrong)) << errors << " of " << before << ", then " << wrong << " of " << after;
        }
      }
    }
  }
}

TEST_F(ErrorsOfAll, NeedACountThatHasBegunThenWhatIsUsualThenWhatIsNew) {
  EXPECT_FALSE(rise());
  begin(0);
  EXPECT_FALSE(rise());
  publish(0, 500, 0);
  EXPECT_FALSE(rise());
  publish(0, 100, 100);
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->worker, 0U);
  EXPECT_EQ(found->before, 0);
  EXPECT_EQ(found->after, 1);
  EXPECT_THAT(found->votes, ElementsAre(Pair(0, true)));
}

TEST_F(ErrorsOfAll, AreComparedWith256SamplesAtLeast) {
  begin(0);
  publish(0, 255, 0);
  publish(0, 100, 100);
  EXPECT_FALSE(rise());
  begin_anew();
  begin(0);
  publish(0, 256, 0);
  publish(0, 100, 100);
  EXPECT_TRUE(rise());
}

TEST_F(ErrorsOfAll, AreComparedWith2048SamplesAtMost) {
  begin(0);
  publish(0, 500, 400);
  publish(0, 1, 1);
  publish(0, 64, 3);
  publish(0, 64, 0, 31);
  publish(0, 100, 100);
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, 3.0 / 2048);
}

TEST_F(ErrorsOfAll, ShareThe2048SamplesAmongTheWorkers) {
  for (const WorkerId worker : {0U, 1U}) {
    begin(worker);
    publish(worker, 500, 400);
    publish(worker, 64, 3);
    publish(worker, 64, 0, 15);
    publish(worker, 100, 100);
  }
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, 3.0 / 1024);
}

TEST_F(ErrorsOfAll, ThatAreNewMayBeOf2048SamplesAtMost) {
  for (const std::uint64_t samples : {2048U, 2049U}) {
    begin_anew();
    begin(0);
    publish(0, 1000, 0);
    publish(0, samples, 1000);
    EXPECT_EQ(rise().has_value(), samples == 2048U) << samples;
  }
}

// After 10 %, 12 of 20 are improbable enough (13.6 of the 11.5 that it takes), 9 of 20 are not (7.1), 18 of 40 are (14.2), 14 of 40 are not
// (7.7), 28 of 80 are (15.3).
TEST_F(ErrorsOfAll, AreLookedAtOverOneTwoAndFourPublications) {
  const auto found_after = [&](const std::vector<double>& errors) {
    begin_anew();
    begin(0);
    publish(0, 100, 10, 20);
    for (const double one : errors) publish(0, 20, one);
    const auto found = rise();
    return found ? found->after : -1;
  };
  EXPECT_EQ(found_after({2, 2, 2, 12}), 0.6);
  EXPECT_EQ(found_after({2, 2, 9, 9}), 0.45) << "two";
  EXPECT_EQ(found_after({2, 2, 7, 7}), -1);
  EXPECT_EQ(found_after({7, 7, 7, 7}), 0.35) << "four";
  EXPECT_EQ(found_after({4, 4, 4, 4}), -1);
}

// Two samples each. Seen from the newest of 256 ends there are 254 publications before the one that is new.
TEST_F(ErrorsOfAll, AreKeptOfTheNewest256Publications) {
  begin(0);
  publish(0, 2, 0, 100);
  publish(0, 2, 2);
  publish(0, 2, 1);
  publish(0, 2, 0, 253);
  publish(0, 40, 40);
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, 1.0 / 508);
}

TEST_F(ErrorsOfAll, ADoubledPublicationIsNone) {
  ErrorSums first{1000, 0, 0};
  errors_.observe(0, first);
  errors_.observe(0, {1400, 0, 0});
  const ErrorSums newest{1500, 100, 0};
  for (int i = 0; i < 10; ++i) errors_.observe(0, newest);
  EXPECT_TRUE(rise());
  errors_.observe(0, first);
  EXPECT_TRUE(rise()) << "nor is one that comes late";
}

TEST_F(ErrorsOfAll, TheRiseOfOneWorkerOfTwoIsItsOwn) {
  begin_two(100);
  publish(0, 100, 100);
  publish(1, 100, 10);
  EXPECT_FALSE(rise());
}

// What is left without worker 0, whose many errors are not in doubt, has to be improbable as well: p < 0.005.
TEST_F(ErrorsOfAll, TheOthersHaveToBeImprobableToo) {
  int found = 0;
  for (const std::uint64_t after : {30U, 60U, 200U}) {
    for (std::uint64_t wrong = 0; wrong <= after; ++wrong) {
      begin_anew();
      begin_two(100);
      publish(0, 1000, 200);
      publish(1, after, static_cast<double>(wrong));
      const double n = static_cast<double>(after);
      const double share = static_cast<double>(wrong) / n;
      // More than a quarter of the worst worker's tenth, wherever it is improbable; and it must not be the worst one itself.
      if (static_cast<double>(wrong) - n / 10 >= 100) break;
      const bool expected = bound(share, n, usual_at_most(100, 1000)) >= 5.3;
      ASSERT_EQ(rise().has_value(), expected) << wrong << " of " << after;
      found += expected ? 1 : 0;
    }
  }
  EXPECT_GT(found, 0);
}

TEST_F(ErrorsOfAll, TheOthersHaveToRiseByAQuarterAsMuch) {
  for (const double wrong : {24, 25}) {
    begin_anew();
    begin_two(0);
    publish(0, 100, 100);
    publish(1, 100, wrong);
    EXPECT_EQ(rise().has_value(), wrong == 25) << wrong;
  }
}

// Where there was no error in a thousand samples, one is improbable enough (-log p = 6.9).
TEST_F(ErrorsOfAll, ASingleSampleOfTheOthersMayBeEnough) {
  begin_two(0);
  publish(0, 100, 100);
  publish(1, 1, 1);
  EXPECT_TRUE(rise());
}

TEST_F(ErrorsOfAll, AWorkerVotesByItsOwnShare) {
  for (const WorkerId worker : {0U, 1U, 2U, 3U}) begin(worker);
  for (const WorkerId worker : {0U, 1U, 2U, 3U}) publish(worker, 500, 50);
  publish(0, 50, 41);
  publish(1, 50, 40);
  publish(2, 50, 5);  // As before.
  publish(3, 50, 4);
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->worker, 0U);
  EXPECT_NEAR(found->before, 0.1, 1e-12);
  EXPECT_NEAR(found->after, 90.0 / 200, 1e-12);
  EXPECT_THAT(found->votes, ElementsAre(Pair(0, true), Pair(1, true), Pair(2, false), Pair(3, false)));
}

// Its publications are longer than its share of what is looked at, so that nothing is left before the newest.
TEST_F(ErrorsOfAll, AWorkerOfWhichNothingIsKnownBeforeHasRisenByWhatItTells) {
  begin(0);
  publish(0, 1800, 0, 2);
  begin(1);
  publish(1, 40, 4, 25);
  publish(0, 1900, 950);
  publish(1, 40, 20);
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->worker, 0U);
  EXPECT_NEAR(found->before, 0.1, 1e-12) << "of worker 1 alone";
  EXPECT_THAT(found->votes, ElementsAre(Pair(0, true), Pair(1, true)));
}

TEST_F(ErrorsOfAll, AnErrorInTheOnlySampleBeforeIsAShareOfOne) {
  begin(0);
  publish(0, 1, 1);
  publish(0, 20, 10);
  for (const WorkerId worker : {1U, 2U}) {
    begin(worker);
    publish(worker, 500, 50);
    publish(worker, 100, 60);
  }
  const auto found = rise();
  ASSERT_TRUE(found);
  EXPECT_THAT(found->votes, ElementsAre(Pair(0, false), Pair(1, true), Pair(2, true)));
}

// Three samples that are wrong are no rise (-log p = 6.4); nor are they where the sums of a worker say that more was wrong than there was.
TEST_F(ErrorsOfAll, MoreErrorsThanSamplesAreAllWrong) {
  for (const double wrong : {3, 6, 9}) {
    begin_anew();
    begin(0);
    publish(0, 1000, 100);
    publish(0, 3, wrong);
    EXPECT_FALSE(rise()) << wrong;
  }
}

}  // namespace
}  // namespace rekindle::cluster
