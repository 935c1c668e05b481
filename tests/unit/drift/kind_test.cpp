#include "drift/kind.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "base/random.hpp"
#include "drift/adwin.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

// Error rate at a sample; the change is at 5000.
using Course = std::function<double(int)>;

struct Told {
  bool found = false;
  int at = 0;
  DriftKind at_alarm = DriftKind::abrupt;
  DriftKind later = DriftKind::abrupt;  // 2000 samples after the alarm.
};

// ADWIN raises the alarm, as in the learner.
Told tell(const Course& course, std::uint64_t seed) {
  Random random(seed);
  Adwin adwin({});
  DriftKindEstimate kind;
  Told told;
  for (int i = 0; i < 12'000; ++i) {
    const double error = random.uniform() < course(i) ? 1 : 0;
    kind.observe(error);
    const auto signal = adwin.observe(error);
    if (told.found || i < 4000 || signal.level != DriftLevel::drift || signal.mean_after < signal.mean_before) {
      if (told.found && i <= told.at + 2000) told.later = kind.kind();
      continue;
    }
    kind.begin();
    told = {true, i, kind.kind(), kind.kind()};
  }
  return told;
}

// Share of 20 seeds in which an alarm was raised and the last word was `wanted`.
double share(const Course& course, DriftKind wanted) {
  int right = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto told = tell(course, seed);
    if (told.found && told.later == wanted) ++right;
  }
  return right / 20.0;
}

Course jump(double before, double after) {
  return [=](int i) { return i < 5000 ? before : after; };
}
// A learner that comes back with the given time constant.
Course adapting(double before, double after, double time) {
  return [=](int i) { return i < 5000 ? before : before + (after - before) * std::exp(-(i - 5000) / time); };
}
Course sigmoid(double before, double after, double width) {
  return [=](int i) { return before + (after - before) / (1 + std::exp(-4 * (i - 5000 - width / 2) / width)); };
}
// The mixture is hard while it lasts, then the learner has followed.
Course hump(double before, double height, double width) {
  return [=](int i) {
    const double mixed = 1 / (1 + std::exp(-4 * (i - 5000 - width / 2) / width));
    return before + height * 4 * mixed * (1 - mixed);
  };
}
Course outliers(double before, double within, int length) {
  return [=](int i) { return i >= 5000 && i < 5000 + length ? within : before; };
}

TEST(DriftKind, AJumpIsAbrupt) {
  for (const auto& [before, after] : {std::pair(0.05, 0.5), {0.1, 0.3}, {0.2, 0.9}}) {
    EXPECT_GE(share(jump(before, after), DriftKind::abrupt), 0.85) << before << " to " << after;
  }
}

TEST(DriftKind, AJumpThatTheLearnerGetsOverIsStillAbrupt) {
  for (const double time : {100.0, 300.0, 1000.0}) {
    EXPECT_GE(share(adapting(0.1, 0.6, time), DriftKind::abrupt), 0.85) << time;
  }
}

TEST(DriftKind, ASlowRiseIsGradual) {
  for (const double width : {1000.0, 2000.0, 4000.0}) {
    EXPECT_GE(share(sigmoid(0.1, 0.6, width), DriftKind::gradual), 0.85) << width;
    EXPECT_GE(share(hump(0.1, 0.4, width), DriftKind::gradual), 0.85) << width;
  }
}

TEST(DriftKind, AShortBurstOfOutliersIsABurst) {
  for (const int length : {50, 75, 100}) {
    EXPECT_GE(share(outliers(0.1, 0.95, length), DriftKind::burst), 0.8) << length;
    EXPECT_GE(share(outliers(0.05, 0.6, length), DriftKind::burst), 0.75) << length;
  }
}

// The curve ends where it first is highest: what stays there afterwards does not make the rise any longer.
TEST(DriftKind, ARiseWhoseBeginningWasNotSeenIsNotCalledGradual) {
  const auto after_usual = [](int usual) {
    DriftKindEstimate kind;
    for (int i = 0; i < usual + 800; ++i) {
      kind.observe(std::clamp(0.75 * (i - usual) / 200, 0.0, 0.75));
      if (i == usual + 150) kind.begin();
    }
    return kind.kind();
  };
  EXPECT_EQ(after_usual(0), DriftKind::abrupt);
  EXPECT_EQ(after_usual(200), DriftKind::gradual);
}

// Block means, the alarm after `alarm` of them, and what is said at the end. Ten times a mean in one sample is that mean to the last bit.
DriftKind of_blocks(const std::vector<double>& means, std::size_t alarm) {
  DriftKindEstimate kind;
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (i == alarm) kind.begin();
    for (int k = 0; k < 9; ++k) kind.observe(0);
    kind.observe(10 * means[i]);
  }
  if (means.size() == alarm) kind.begin();
  return kind.kind();
}

std::vector<double> joined(const std::vector<std::vector<double>>& parts) {
  std::vector<double> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}
std::vector<double> times(std::size_t count, double value) { return std::vector<double>(count, value); }

// What was usual is 0 in all of these.
TEST(DriftKind, ABurstIsTakenForOneOnlyInsideItsBounds) {
  const auto kind = [](const std::vector<double>& before, const std::vector<double>& high, const std::vector<double>& after) {
    return of_blocks(joined({times(40, 0), before, high, after}), 40 + before.size() + high.size() + after.size());
  };
  const auto none = std::vector<double>{};
  const auto is = DriftKind::burst;
  // From 20 to 150 samples.
  EXPECT_NE(kind(none, times(1, 1), times(5, 0)), is);
  EXPECT_EQ(kind(none, times(2, 1), times(5, 0)), is);
  EXPECT_EQ(kind(none, times(15, 1), times(5, 0)), is);
  EXPECT_NE(kind(none, times(16, 1), times(5, 0)), is);
  // Over for 50 samples.
  EXPECT_NE(kind(none, times(5, 1), times(4, 0)), is);
  // A block at half the height is beside it.
  EXPECT_EQ(kind({0.5}, times(15, 1), times(5, 0)), is);
  EXPECT_EQ(kind(none, times(15, 1), {0.5, 0, 0, 0, 0}), is);
  EXPECT_NE(kind({0.51}, times(15, 1), times(5, 0)), is);
  EXPECT_NE(kind(none, times(15, 1), {0.51, 0, 0, 0, 0}), is);
  // Higher than what was usual by more than 0.3.
  EXPECT_NE(kind(none, times(2, 0.3), times(5, 0)), is);
  EXPECT_EQ(kind(none, times(2, 0.31), times(5, 0)), is);
  // Still above 0.8 of its height at the end.
  EXPECT_NE(kind(none, {0.6, 0.6, 0.4, 0.4}, times(5, 0)), is);
  EXPECT_EQ(kind(none, {0.6, 0.59, 0.4, 0.41}, times(5, 0)), is);
  // Below 0.15 of its height after it, but for the block beside it.
  EXPECT_NE(kind(none, times(4, 0.5), {0.2, 0, 0, 0.15, 0.15}), is);
  EXPECT_EQ(kind(none, times(4, 0.5), {0.2, 0, 0, 0.15, 0.14}), is);
  // Below 0.2 of its height before it.
  EXPECT_NE(kind({0, 0, 0.2, 0.2, 0.2}, times(4, 0.5), times(5, 0)), is);
  EXPECT_NE(kind({0.2, 0.2, 0, 0, 0.2}, times(4, 0.5), times(5, 0)), is);
  EXPECT_EQ(kind({0.2, 0.19, 0, 0, 0.2}, times(4, 0.5), times(5, 0)), is);
  // And below a quarter of it ever since.
  EXPECT_NE(kind(none, times(4, 0.5), {0.25, 0.125, 0, 0, 0, 0.25, 0.25, 0.25, 0.125}), is);
  EXPECT_EQ(kind(none, times(4, 0.5), {0.25, 0.125, 0, 0, 0, 0.25, 0.25, 0.25, 0.12}), is);
  EXPECT_NE(kind(none, times(4, 0.5), {0, 0.25, 0, 0, 0, 0.2, 0.2, 0.2, 0.2}), is);
}

TEST(DriftKind, ABurstIsLookedForUntilThreeHundredSamplesAfterTheAlarm) {
  const auto ending = [](std::size_t end) { return of_blocks(joined({times(40, 0), times(end - 5, 0), times(5, 1), times(20, 0)}), 40); };
  EXPECT_EQ(ending(25), DriftKind::burst);
  EXPECT_NE(ending(26), DriftKind::burst);
}

TEST(DriftKind, WhatWasUsualReachesThreeThousandSamplesBack) {
  const auto with_spike = [](std::size_t at) {
    auto means = joined({times(320, 0), times(5, 1), times(5, 0)});
    means[at] = 1000;
    return of_blocks(means, 330);
  };
  EXPECT_EQ(with_spike(29), DriftKind::burst);
  EXPECT_NE(with_spike(30), DriftKind::burst);
}

TEST(DriftKind, WhatIsOlderThanFourThousandSamplesIsForgotten) {
  auto means = joined({times(415, 0), times(5, 1), times(5, 0)});
  means[25] = 1000;
  EXPECT_EQ(of_blocks(means, 425), DriftKind::burst);
}

// In means of 50 samples, which is what is fitted.
std::vector<double> of_points(const std::vector<double>& points) {
  std::vector<double> out;
  for (const double point : points) out.insert(out.end(), 5, point);
  return out;
}

TEST(DriftKind, AJumpThatFallsBetweenTwoPointsIsStillAbrupt) {
  const auto means = of_points({0.1, 0, 0, 0, 0.4, 0.6, 0.6, 0.8, 0.8, 0.7});
  EXPECT_EQ(of_blocks(means, means.size()), DriftKind::abrupt);
}

TEST(DriftKind, AJumpInTheVeryLastPointIsAJump) {
  const auto means = of_points({0.1, 0, 0.2, 0.2, 0.2, 0.3, 0.3, 0.2, 0.6});
  EXPECT_EQ(of_blocks(means, means.size()), DriftKind::abrupt);
}

TEST(DriftKind, ARampMayBeginAtTheFirstPoint) {
  const auto means = of_points({0, 0.3, 0.2, 0.3, 0.5, 0.6, 0.6, 0.6});
  EXPECT_EQ(of_blocks(means, means.size()), DriftKind::gradual);
}

// The three points before the last two are higher than those that end later, and with them it would be a ramp.
TEST(DriftKind, TheTopIsLookedForFromAroundTheAlarmOn) {
  const auto means = of_points({0.1, 0.2, 0.2, 0.2, 0.2, 0.4, 0.3, 0.5, 0.6, 0.2, 0.3});
  EXPECT_EQ(of_blocks(means, 55), DriftKind::abrupt);
  EXPECT_EQ(of_blocks(means, 50), DriftKind::gradual);
}

TEST(DriftKind, ABadPointAtTheVeryBeginningIsNotTheTop) {
  std::vector<double> points = {0, 0.4, 0, 0, 0};
  for (int i = 0; i < 15; ++i) points.push_back(0.03 * i);
  EXPECT_EQ(of_blocks(of_points(points), 10), DriftKind::gradual);
}

TEST(DriftKind, AnAlarmBeforeTheFirstBlockHasNothingUsualToGoBy) {
  std::vector<double> ramp;
  for (int i = 0; i < 60; ++i) ramp.push_back(i / 60.0);
  EXPECT_EQ(of_blocks(ramp, 0), DriftKind::abrupt);
  EXPECT_EQ(of_blocks(ramp, 1), DriftKind::gradual);
  EXPECT_EQ(of_blocks(joined({times(20, 0), times(5, 1), times(10, 0)}), 0), DriftKind::abrupt);
}

TEST(DriftKind, FourHundredSamplesAreTheFewestThatShowARamp) {
  const auto of_length = [](std::size_t blocks) {
    std::vector<double> ramp;
    for (std::size_t i = 0; i < blocks; ++i) ramp.push_back(static_cast<double>(i) / 100);
    return of_blocks(ramp, blocks);
  };
  EXPECT_EQ(of_length(39), DriftKind::abrupt);
  EXPECT_EQ(of_length(40), DriftKind::gradual);
}

TEST(DriftKind, AFallIsNotCalledGradual) {
  std::vector<double> falling;
  for (int i = 0; i < 100; ++i) falling.push_back(1 - i / 100.0);
  EXPECT_EQ(of_blocks(falling, 100), DriftKind::abrupt);
}

TEST(DriftKind, TheGuessMayChangeForTwoThousandSamples) {
  DriftKindEstimate kind;
  for (int i = 0; i < 100; ++i) kind.observe(0);
  EXPECT_FALSE(kind.running());
  kind.begin();
  for (int i = 0; i < 1999; ++i) kind.observe(0);
  EXPECT_TRUE(kind.running());
  kind.observe(0);
  EXPECT_FALSE(kind.running());
  kind.begin();
  EXPECT_TRUE(kind.running());
  kind.stop();
  EXPECT_FALSE(kind.running());
}

TEST(DriftKind, ComesBackAtAnyLengthAndOfAnyKind) {
  for (const int length : {0, 9, 10, 11, 95, 3999, 4000, 4010, 4321}) {
    DriftKindEstimate whole;
    for (int i = 0; i < length; ++i) whole.observe(i % 7 == 0 ? 1 : 0);
    DriftKindEstimate other;
    ASSERT_TRUE(test::load_from(test::saved(whole), other)) << length;
    EXPECT_EQ(test::saved(other), test::saved(whole)) << length;
  }
  DriftKindEstimate burst;
  for (int i = 0; i < 500; ++i) burst.observe(i >= 400 && i < 450 ? 1 : 0);
  burst.begin();
  ASSERT_EQ(burst.kind(), DriftKind::burst);
  DriftKindEstimate other;
  ASSERT_TRUE(test::load_from(test::saved(burst), other));
  EXPECT_EQ(other.kind(), DriftKind::burst);
}

TEST(DriftKind, RefusesAStateThatCannotBe) {
  DriftKindEstimate kind;
  for (int i = 0; i < 109; ++i) kind.observe(0);
  const auto bytes = test::saved(kind);
  const auto taken_with = [&](std::size_t from_end, int byte) {
    auto changed = bytes;
    changed[changed.size() - from_end] = static_cast<std::byte>(byte);
    DriftKindEstimate other;
    return test::load_from(changed, other);
  };
  // The kind is the last byte; before it the guesses left, the blocks at the alarm and the samples of the block begun.
  EXPECT_TRUE(taken_with(1, 3));
  EXPECT_FALSE(taken_with(1, 4));
  EXPECT_TRUE(taken_with(25, 9));
  EXPECT_FALSE(taken_with(25, 10));
}

TEST(DriftKind, ComesBackAsItWasSaved) {
  Random random(4);
  DriftKindEstimate whole;
  for (int i = 0; i < 6013; ++i) {
    whole.observe(random.uniform() < (i < 5900 ? 0.1 : 0.7) ? 1 : 0);
    if (i == 5950) whole.begin();
  }
  DriftKindEstimate other;
  ASSERT_TRUE(test::load_from(test::saved(whole), other));
  EXPECT_EQ(test::saved(other), test::saved(whole));
  for (int i = 0; i < 300; ++i) {
    whole.observe(i % 3 == 0 ? 1 : 0);
    other.observe(i % 3 == 0 ? 1 : 0);
    ASSERT_EQ(other.kind(), whole.kind());
  }
  EXPECT_EQ(test::saved(other), test::saved(whole));
}

}  // namespace
}  // namespace rekindle
