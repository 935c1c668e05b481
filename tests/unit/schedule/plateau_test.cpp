#include "schedule/plateau.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "support/choices.hpp"

namespace rekindle {
namespace {

using test::Entries;

PlateauControl control(const Entries& given, double lr = 1) {
  Diagnostics diagnostics;
  const auto p = check_parameters(plateau_parameters(), test::table(given), "plateau", diagnostics);
  EXPECT_EQ(test::texts(diagnostics), "");
  return {p, lr};
}

std::vector<double> rates(PlateauControl plateau, const std::vector<double>& metrics) {
  std::vector<double> out;
  for (const double metric : metrics) out.push_back(plateau.observe(metric));
  return out;
}

TEST(Plateau, LowersTheRateWhenPatienceIsExceeded) {
  EXPECT_EQ(rates(control({{"patience", 2}, {"factor", 0.5}}), {5, 5, 5, 5, 5, 5, 5}), (std::vector<double>{1, 1, 1, 0.5, 0.5, 0.5, 0.25}));
}

TEST(Plateau, IsPatientAgainAfterAnImprovement) {
  EXPECT_EQ(rates(control({{"patience", 1}, {"factor", 0.5}}), {5, 5, 4, 4, 3, 3, 3}), (std::vector<double>{1, 1, 1, 1, 1, 1, 0.5}));
}

TEST(Plateau, FollowsAMetricThatShallRise) {
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"mode", "max"}}), {1, 2, 2, 3, 1}),
            (std::vector<double>{1, 1, 0.5, 0.5, 0.25}));
}

TEST(Plateau, DoesNotCountDuringTheCooldown) {
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"cooldown", 2}}), {5, 5, 5, 5, 5}),
            (std::vector<double>{1, 0.5, 0.5, 0.5, 0.25}));
}

TEST(Plateau, MeasuresAnImprovementAgainstItsThreshold) {
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"threshold", 0.1}}), {100, 91, 89}), (std::vector<double>{1, 0.5, 0.5}));
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"threshold", 10}, {"threshold_mode", "abs"}}), {100, 91, 89}),
            (std::vector<double>{1, 0.5, 0.5}));
}

// An improvement is more than the threshold; one of exactly that is none.
TEST(Plateau, TakesAnImprovementByTheThresholdItselfForNone) {
  const auto last = [](const Entries& more, double first, double second) {
    Entries given = {{"patience", 0}, {"factor", 0.5}};
    given.insert(given.end(), more.begin(), more.end());
    return rates(control(given), {first, second}).back();
  };
  const Entries relative = {{"threshold", 0.25}};
  EXPECT_EQ(last(relative, 100, 75), 0.5);
  EXPECT_EQ(last(relative, 100, 74), 1);
  const Entries absolute = {{"threshold", 25}, {"threshold_mode", "abs"}};
  EXPECT_EQ(last(absolute, 200, 175), 0.5);
  EXPECT_EQ(last(absolute, 200, 174), 1);
  const Entries rising = {{"threshold", 0.25}, {"mode", "max"}};
  EXPECT_EQ(last(rising, 100, 125), 0.5);
  EXPECT_EQ(last(rising, 100, 126), 1);
  const Entries rising_absolute = {{"threshold", 25}, {"threshold_mode", "abs"}, {"mode", "max"}};
  EXPECT_EQ(last(rising_absolute, 200, 225), 0.5);
  EXPECT_EQ(last(rising_absolute, 200, 226), 1);
}

TEST(Plateau, MakesNoChangeOfExactlyEps) {
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"eps", 0.5}}), {5, 5}), (std::vector<double>{1, 1}));
  EXPECT_EQ(rates(control({{"patience", 0}, {"factor", 0.5}, {"eps", 0.25}}), {5, 5, 5}), (std::vector<double>{1, 0.5, 0.5}));
}

TEST(Plateau, CountsTheObservationsThatAreNoBetter) {
  auto plateau = control({{"patience", 2}, {"cooldown", 1}});
  std::vector<std::int64_t> bad;
  for (const double metric : {5.0, 5.0, 6.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0}) {
    (void)plateau.observe(metric);
    bad.push_back(plateau.bad());
  }
  EXPECT_THAT(bad, ::testing::ElementsAre(0, 1, 2, 0, 1, 2, 0, 0, 1)) << "the last but one went by in the cooldown";
}

TEST(Plateau, ReadsARateOfZeroAndRefusesOneThatIsNone) {
  const auto loads = [](double rate) {
    ByteWriter out;
    out.put(rate);
    out.put(1.0);
    out.put(std::int64_t{0});
    out.put(std::int64_t{0});
    auto plateau = control({});
    return test::load_from({out.bytes().begin(), out.bytes().end()}, plateau) && plateau.rate() == rate;
  };
  EXPECT_TRUE(loads(0));
  EXPECT_TRUE(loads(0.5));
  EXPECT_FALSE(loads(-0.5));
  EXPECT_FALSE(loads(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(loads(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Plateau, StopsAtItsFloorAndMakesNoTinyChanges) {
  EXPECT_EQ(rates(control({{"patience", 0}, {"min_lr", 0.05}}), {5, 5, 5, 5}), (std::vector<double>{1, 0.1, 0.05, 0.05}));
  EXPECT_EQ(rates(control({{"patience", 0}, {"eps", 0.5}}), {5, 5, 5}), (std::vector<double>{1, 0.1, 0.1}));
}

TEST(Plateau, TakesWhatIsNoNumberForNoImprovement) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(rates(control({{"patience", 1}, {"factor", 0.5}}), {nan, nan, 5}), (std::vector<double>{1, 0.5, 0.5}));
}

TEST(Plateau, GoesOnFromAnySave) {
  const Entries given = {{"patience", 1}, {"factor", 0.5}, {"cooldown", 2}};
  auto whole = control(given);
  auto parts = control(given);
  for (int i = 0; i < 20; ++i) {
    auto loaded = control(given);
    ASSERT_TRUE(test::load_from(test::saved(parts), loaded));
    parts = loaded;
    const double metric = 10 - i % 3;
    ASSERT_EQ(whole.observe(metric), parts.observe(metric)) << i;
    ASSERT_EQ(whole.bad(), parts.bad()) << i;
  }
}

TEST(Plateau, RefusesParametersOutsideTheirBounds) {
  Diagnostics diagnostics;
  (void)check_parameters(
      plateau_parameters(),
      test::table({{"mode", "mini"}, {"factor", 1}, {"patience", -1}, {"threshold", -1}, {"cooldown", 0.5}, {"min_lr", -1}, {"eps", -1}}),
      "plateau", diagnostics);
  EXPECT_EQ(test::texts(diagnostics),
            "plateau.mode: must be one of min, max, got \"mini\"; did you mean \"min\"?\n"
            "plateau.factor: must be >= 0 and < 1, got 1\n"
            "plateau.patience: must be >= 0, got -1\n"
            "plateau.threshold: must be >= 0, got -1\n"
            "plateau.cooldown: must be an integer, got 0.5\n"
            "plateau.min_lr: must be >= 0, got -1\n"
            "plateau.eps: must be >= 0, got -1\n");
}

}  // namespace
}  // namespace rekindle
