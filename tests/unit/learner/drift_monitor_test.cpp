#include "learner/drift_monitor.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "base/random.hpp"
#include "support/learners.hpp"
#include "unit/learner/drift_monitor_parts.hpp"

namespace rekindle {
namespace {

using test::Recipe;
using test::spec_on;

DriftSpec spec(std::size_t detectors, std::uint64_t votes, std::uint64_t cooldown) {
  auto out = test::spec_of(Recipe{}).drift;
  const auto one = out.detectors[0];
  out.detectors.clear();
  for (std::size_t i = 0; i < detectors; ++i) {
    out.detectors.push_back(one);
    out.detectors.back().name = fmt::format("adwin_{}", i + 1);
  }
  out.votes = votes;
  out.cooldown = cooldown;
  return out;
}

// Errors 0 and 1 in turn: `zeros`, then ones until an alarm; the sample of the alarm.
std::optional<std::uint64_t> alarm_after_rise(DriftMonitor& monitor, std::uint64_t& sample, int zeros, int ones,
                                              double DriftSignals::*input = &DriftSignals::error) {
  for (int i = 0; i < zeros + ones; ++i) {
    DriftSignals signals;
    signals.*input = i < zeros ? 0 : 1;
    if (const auto alarm = monitor.observe(signals, sample++)) {
      monitor.opened(alarm->detector, DriftSeverity::moderate, sample - 1);
      return sample - 1;
    }
  }
  return std::nullopt;
}

TEST(DriftMonitor, GivesOneAlarmForARiseOfTheError) {
  DriftMonitor monitor(spec(1, 1, 1000), Task::binary);
  std::uint64_t sample = 0;
  EXPECT_TRUE(alarm_after_rise(monitor, sample, 1000, 200));
  EXPECT_EQ(monitor.detections(0), (std::array<std::uint64_t, 3>{0, 1, 0}));
  EXPECT_FALSE(alarm_after_rise(monitor, sample, 0, 400));
}

TEST(DriftMonitor, WatchesTheLossOfARegression) {
  DriftMonitor monitor(spec(1, 1, 1000), Task::regression);
  std::uint64_t sample = 0;
  EXPECT_FALSE(alarm_after_rise(monitor, sample, 1000, 200, &DriftSignals::error));
  EXPECT_TRUE(alarm_after_rise(monitor, sample, 1000, 200, &DriftSignals::loss));
}

TEST(DriftMonitor, HoldsAlarmsBackDuringTheCooldown) {
  DriftMonitor monitor(spec(1, 1, 5000), Task::binary);
  std::uint64_t sample = 0;
  const auto first = alarm_after_rise(monitor, sample, 1000, 200);
  ASSERT_TRUE(first);
  EXPECT_FALSE(alarm_after_rise(monitor, sample, 1000, 200)) << "a second drift in the cool-down";
  while (sample < *first + 5000) (void)monitor.observe({}, sample++);
  EXPECT_TRUE(alarm_after_rise(monitor, sample, 100, 200));
}

TEST(DriftMonitor, TakesOnlyTheDirectionThatIsAskedFor) {
  for (const auto& [direction, rise, fall] :
       {std::tuple(DriftDirection::rises, true, false), {DriftDirection::falls, false, true}, {DriftDirection::both, true, true}}) {
    auto one = spec(1, 1, 0);
    one.direction = direction;
    DriftMonitor rising(one, Task::binary);
    DriftMonitor falling(one, Task::binary);
    bool rose = false;
    bool fell = false;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      DriftSignals up;
      up.error = i < 1000 ? 0 : 1;
      DriftSignals down;
      down.error = i < 1000 ? 1 : 0;
      rose = rising.observe(up, i).has_value() || rose;
      fell = falling.observe(down, i).has_value() || fell;
    }
    EXPECT_EQ(rose, rise) << static_cast<int>(direction);
    EXPECT_EQ(fell, fall) << static_cast<int>(direction);
  }
}

TEST(DriftMonitor, WaitsForAsManyVotesAsAskedFor) {
  auto two = spec(2, 2, 1000);
  two.detectors[1].on = DriftInput::loss;
  DriftMonitor monitor(two, Task::binary);
  std::uint64_t sample = 0;
  EXPECT_FALSE(alarm_after_rise(monitor, sample, 1000, 300, &DriftSignals::error)) << "one of two";
  EXPECT_TRUE(alarm_after_rise(monitor, sample, 100, 300, &DriftSignals::loss)) << "the other within the cool-down";
  DriftMonitor late(two, Task::binary);
  sample = 0;
  EXPECT_FALSE(alarm_after_rise(late, sample, 1000, 300, &DriftSignals::error));
  EXPECT_FALSE(alarm_after_rise(late, sample, 3000, 300, &DriftSignals::loss)) << "the other long after";
}

TEST(DriftMonitor, CallsItFlappingWhenIncidentsComeTooOften) {
  auto one = spec(1, 1, 0);
  one.max_per_million = 3;
  DriftMonitor monitor(one, Task::binary);
  for (const std::uint64_t sample : {10U, 20U, 30U}) {
    EXPECT_FALSE(monitor.flapping(sample)) << sample;
    monitor.opened(0, DriftSeverity::mild, sample);
  }
  EXPECT_TRUE(monitor.flapping(31));
  EXPECT_TRUE(monitor.flapping(1'000'009));
  EXPECT_FALSE(monitor.flapping(1'000'010));
  one.max_per_million = 0;
  EXPECT_TRUE(DriftMonitor(one, Task::binary).flapping(0)) << "none are allowed";
}

TEST(DriftMonitor, GoesOnFromAnySave) {
  const auto two = spec(2, 1, 300);
  Random random(1);
  DriftMonitor whole(two, Task::binary);
  DriftMonitor parts(two, Task::binary);
  for (std::uint64_t sample = 0; sample < 4000; ++sample) {
    if (sample % 61 == 0) {
      DriftMonitor loaded(two, Task::binary);
      ASSERT_TRUE(test::load_from(test::saved(parts), loaded));
      parts = std::move(loaded);
    }
    DriftSignals signals;
    signals.error = random.uniform() < (sample / 700 % 2 == 0 ? 0.1 : 0.6) ? 1 : 0;
    const auto one = whole.observe(signals, sample);
    const auto other = parts.observe(signals, sample);
    ASSERT_EQ(one.has_value(), other.has_value()) << sample;
    if (one) {
      whole.opened(one->detector, DriftSeverity::mild, sample);
      parts.opened(other->detector, DriftSeverity::mild, sample);
    }
  }
  EXPECT_EQ(test::saved(whole), test::saved(parts));
}

TEST(DriftMonitor, StartsADetectorWithOtherParametersAnew) {
  auto other = spec(1, 1, 1000);
  other.detectors[0].on = DriftInput::error;  // Otherwise the newest ranks are kept: they are of the stream, not of a detector.
  DriftMonitor used(other, Task::binary);
  for (std::uint64_t i = 0; i < 500; ++i) (void)used.observe({}, i);
  other.detectors[0].detector = test::choose(detectors(), "adwin", test::table({{"delta", 0.01}}));
  DriftMonitor changed(other, Task::binary);
  const auto fresh = test::saved(changed);
  ASSERT_TRUE(test::load_from(test::saved(used), changed));
  EXPECT_EQ(test::saved(changed), fresh);
}

// One percent positives; from `flip` on the scores are upside down. Guesses are never positive, so that the error shows nothing.
DriftSignals rare(Random& random, bool flipped) {
  const bool positive = random.uniform() < 0.01;
  const double score = 0.1 + 0.05 * random.normal() + (positive != flipped ? 0.2 : 0);
  return {.error = positive ? 1.0 : 0.0, .prediction = score, .target = positive ? 1.0 : 0.0};
}

TEST(DriftMonitor, SeesAFlipOfRarePositivesInTheirRank) {
  for (const auto on : {DriftInput::rank, DriftInput::automatic}) {
    DriftMonitor monitor(spec_on(on), Task::binary);
    Random random(8);
    int positives = 0;
    std::optional<Alarm> alarm;
    for (std::uint64_t i = 0; i < 40'000 && !alarm; ++i) {
      const auto signals = rare(random, i >= 30'000);
      alarm = monitor.observe(signals, i);
      if (alarm) {
        EXPECT_GE(i, 30'000U) << "a false alarm";
      }
      if (i >= 30'000 && signals.target == 1) ++positives;
    }
    ASSERT_TRUE(alarm);
    EXPECT_EQ(monitor.input(alarm->detector), DriftInput::rank);
    EXPECT_EQ(monitor.name(alarm->detector), on == DriftInput::rank ? "adwin" : "adwin_rank");
    EXPECT_LE(positives, on == DriftInput::rank ? 60 : 20) << "by itself it looks at every positive, otherwise at every 32nd";
    EXPECT_GT(monitor.rank_severity().size(0.5), 0.15) << "on the way to chance";
  }
}

TEST(DriftMonitor, LooksAtNoRankWhereBothClassesAreCommon) {
  DriftMonitor monitor(spec_on(DriftInput::automatic), Task::binary);
  Random random(8);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const bool positive = random.uniform() < 0.4;
    const double score = random.uniform() * (i < 2500 ? 1 : -1) + (positive ? 1 : 0) * (i < 2500 ? 1 : -1);
    EXPECT_FALSE(monitor.observe({.error = 0, .prediction = score, .target = positive ? 1.0 : 0.0}, i)) << "the error says nothing";
  }
}

TEST(DriftMonitor, GivesNoSecondWatcherToDetectorsOfZeroAndOne) {
  EXPECT_EQ(DriftMonitor(spec_on(DriftInput::automatic, "ddm"), Task::binary).size(), 1U);
  EXPECT_EQ(DriftMonitor(spec_on(DriftInput::error), Task::binary).size(), 1U);
  EXPECT_EQ(DriftMonitor(spec_on(DriftInput::automatic), Task::multiclass).size(), 1U);
  EXPECT_EQ(DriftMonitor(spec_on(DriftInput::automatic), Task::binary).size(), 2U);
}

TEST(DriftMonitor, WatchesAFeatureWithoutLabels) {
  auto spec = spec_on(DriftInput::feature, "ks");
  spec.detectors[0].feature = "b";
  spec.direction = DriftDirection::both;
  const std::vector<std::string> features = {"a", "b"};
  DriftMonitor monitor(spec, Task::binary, features);
  EXPECT_TRUE(monitor.watches_unlabelled());
  Random random(2);
  std::optional<std::uint64_t> at;
  for (std::uint64_t i = 0; i < 6000 && !at; ++i) {
    const std::vector<double> values = {random.normal() + static_cast<double>(i), random.normal() + (i < 4000 ? 0 : 1)};
    if (monitor.observe({.values = values, .labelled = false}, i)) at = i;
  }
  ASSERT_TRUE(at);
  EXPECT_GT(*at, 4000U);
  EXPECT_LT(*at, 4500U);
}

TEST(DriftMonitor, PassesOverWhatIsNoNumber) {
  DriftMonitor monitor(spec_on(DriftInput::loss, "kswin"), Task::binary);
  Random random(2);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    DriftSignals signals;
    signals.loss = i % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : random.normal();
    (void)monitor.observe(signals, i);
  }
  SUCCEED();
}

TEST(DriftMonitor, CountsWarningsThatBegin) {
  DriftMonitor monitor(spec_on(DriftInput::error, "ddm"), Task::binary);
  Random random(5);
  std::uint64_t begun = 0;
  bool before = false;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    DriftSignals signals;
    signals.error = random.uniform() < (i < 2000 ? 0.1 : 0.25) ? 1 : 0;
    (void)monitor.observe(signals, i);
    if (monitor.warning(0) && !before) ++begun;
    before = monitor.warning(0);
  }
  EXPECT_GT(begun, 0U);
  EXPECT_EQ(monitor.warnings(0), begun);
}

// In the direction that is asked for; DDM sees rises only.
TEST(DriftMonitor, WarnsWhileItsDetectorDoes) {
  auto spec = spec_on(DriftInput::error, "ddm");
  DriftMonitor rises(spec, Task::binary);
  spec.direction = DriftDirection::falls;
  DriftMonitor falls(spec, Task::binary);
  const auto alone = test::make_detector("ddm");
  Random random(5);
  int warned = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const double error = random.uniform() < (i < 2000 ? 0.1 : 0.25) ? 1 : 0;
    (void)rises.observe({.error = error}, i);
    (void)falls.observe({.error = error}, i);
    const bool warns = alone->observe(error).level == DriftLevel::warning;
    warned += warns ? 1 : 0;
    ASSERT_EQ(rises.warning(0), warns) << i;
    ASSERT_FALSE(falls.warning(0)) << i;
  }
  EXPECT_GT(warned, 10);
  EXPECT_LT(warned, 2000);
}

// Two kinds of detector that have to agree; one that fires alone raises no alarm.
TEST(DriftMonitor, WantsTheVotesOfSeveralDetectors) {
  auto spec = spec_on(DriftInput::error);
  spec.detectors.push_back({"page_hinkley", DriftInput::loss, test::choose(detectors(), "page_hinkley", {})});
  spec.votes = 2;
  spec.cooldown = 500;
  Random random(5);
  DriftMonitor monitor(spec, Task::binary);
  std::uint64_t i = 0;
  const auto feed = [&](int count, double error, double loss) {
    std::optional<std::uint64_t> at;
    for (int k = 0; k < count; ++k, ++i) {
      DriftSignals signals;
      signals.error = random.uniform() < error ? 1 : 0;
      signals.loss = loss + 0.1 * random.normal();
      if (monitor.observe(signals, i) && !at) at = i;
    }
    return at;
  };
  EXPECT_FALSE(feed(2000, 0.1, 0.3));
  EXPECT_FALSE(feed(600, 0.6, 0.3)) << "the error alone";
  EXPECT_FALSE(feed(2000, 0.6, 0.3));
  EXPECT_TRUE(feed(600, 0.95, 1.3)) << "both";
}

}  // namespace
}  // namespace rekindle
