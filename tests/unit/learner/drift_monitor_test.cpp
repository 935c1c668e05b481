#include "learner/drift_monitor.hpp"

#include <gmock/gmock.h>

#include "support/learners.hpp"

namespace rekindle {
namespace {

using test::Recipe;

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
std::optional<std::uint64_t> alarm_after_rise(DriftMonitor& monitor, std::uint64_t& sample, int zeros, int ones, double DriftSignals::*input = &DriftSignals::error) {
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
  for (const auto& [direction, rise, fall] : {std::tuple(DriftDirection::rises, true, false), {DriftDirection::falls, false, true}, {DriftDirection::both, true, true}}) {
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
  DriftMonitor used(spec(1, 1, 1000), Task::binary);
  for (std::uint64_t i = 0; i < 500; ++i) (void)used.observe({}, i);
  auto other = spec(1, 1, 1000);
  other.detectors[0].detector = test::choose(detectors(), "adwin", test::table({{"delta", 0.01}}));
  DriftMonitor changed(other, Task::binary);
  const auto fresh = test::saved(changed);
  ASSERT_TRUE(test::load_from(test::saved(used), changed));
  EXPECT_EQ(test::saved(changed), fresh);
}

}  // namespace
}  // namespace rekindle
