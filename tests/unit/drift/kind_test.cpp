#include "drift/kind.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>

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
