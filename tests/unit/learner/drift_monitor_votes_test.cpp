// The drift monitor: when what its detectors see becomes an alarm, and when alarms come too often.
#include <gmock/gmock.h>

#include "learner/drift_monitor.hpp"
#include "unit/learner/drift_monitor_parts.hpp"

namespace rekindle {
namespace {

using test::alarms;
using test::Pulse;
using test::pulse;
using test::pulses;
using test::Samples;

TEST(DriftMonitor, TheCooldownEndsAfterAsManySamples) {
  for (const auto& [second, seen] : {std::pair(29U, false), {30U, true}, {31U, true}}) {
    DriftMonitor monitor(pulses({pulse("one", DriftInput::error)}, 1, 10), Task::binary);
    EXPECT_EQ(alarms(monitor, {{20, 1, 0}, {second, 1, 0}}), (seen ? Samples{20, second} : Samples{20})) << second;
  }
  DriftMonitor none(pulses({pulse("one", DriftInput::error)}, 1, 0), Task::binary);
  EXPECT_EQ(alarms(none, {{20, 1, 0}, {23, 1, 0}}), (Samples{20, 23}));
}

TEST(DriftMonitor, AVoteCountsForTheLengthOfTheCooldown) {
  const auto two = std::vector{pulse("one", DriftInput::error), pulse("other", DriftInput::loss)};
  for (const auto& [second, seen] : {std::pair(20U, true), {29U, true}, {30U, false}}) {
    DriftMonitor monitor(pulses(two, 2, 10), Task::binary);
    auto given = std::vector<Pulse>{{20, 1, second == 20 ? 1.0 : 0.0}, {second, second == 20 ? 1.0 : 0.0, 1}};
    EXPECT_EQ(alarms(monitor, given), (seen ? Samples{second} : Samples{})) << second;
  }
  // Without a cool-down all have to fire at the same sample.
  DriftMonitor apart(pulses(two, 2, 0), Task::binary);
  EXPECT_EQ(alarms(apart, {{20, 1, 0}, {21, 0, 1}}), Samples{});
  DriftMonitor together(pulses(two, 2, 0), Task::binary);
  EXPECT_EQ(alarms(together, {{20, 1, 1}}), Samples{20});
}

TEST(DriftMonitor, ThreeDetectorsHaveThreeVotes) {
  auto three = std::vector{pulse("one", DriftInput::error), pulse("two", DriftInput::error), pulse("three", DriftInput::error)};
  DriftMonitor all(pulses(three, 3, 10), Task::multiclass);
  EXPECT_EQ(alarms(all, {{20, 1, 0}}), Samples{20});
  DriftMonitor too_few(pulses(three, 4, 10), Task::multiclass);
  EXPECT_EQ(alarms(too_few, {{20, 1, 0}}), Samples{});
}

// One positive in twenty, all ranked high, then one that is ranked last and mistaken.
bool alarm_of_error_and_rank(std::vector<DetectorSpec> detectors, std::uint64_t votes) {
  DriftMonitor monitor(pulses(std::move(detectors), votes, 10), Task::binary);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const bool positive = i % 20 == 10;
    EXPECT_FALSE(monitor.observe({.prediction = positive ? 0.9 : 0.5, .target = positive ? 1.0 : 0.0}, i));
  }
  return monitor.observe({.error = 1, .prediction = 0.1, .target = 1}, 300).has_value();
}

TEST(DriftMonitor, ADetectorThatWatchesErrorAndRankHasOneVote) {
  const auto automatic = [](const char* name) { return pulse(name, DriftInput::automatic); };
  EXPECT_TRUE(alarm_of_error_and_rank({automatic("one")}, 1));
  EXPECT_FALSE(alarm_of_error_and_rank({automatic("one")}, 2));
  EXPECT_TRUE(alarm_of_error_and_rank({automatic("one"), automatic("other")}, 2));
  EXPECT_FALSE(alarm_of_error_and_rank({automatic("one"), automatic("other")}, 3));
  EXPECT_TRUE(alarm_of_error_and_rank({pulse("first", DriftInput::error), automatic("one"), automatic("other")}, 3));
  EXPECT_FALSE(alarm_of_error_and_rank({pulse("first", DriftInput::error), automatic("one"), automatic("other")}, 4));
}

TEST(DriftMonitor, OfOneAllowedIncidentIsFlappingAfterIt) {
  auto spec = pulses({pulse("one", DriftInput::error)}, 1, 0);
  spec.max_per_million = 1;
  DriftMonitor one(spec, Task::binary);
  EXPECT_FALSE(one.flapping(0));
  one.opened(0, DriftSeverity::mild, 10);
  EXPECT_TRUE(one.flapping(11));
  EXPECT_FALSE(one.flapping(1'000'010));
  spec.max_per_million = 0;
  DriftMonitor none(spec, Task::binary);
  none.opened(0, DriftSeverity::mild, 10);
  EXPECT_TRUE(none.flapping(11));
  EXPECT_TRUE(none.flapping(2'000'000));
}

TEST(DriftMonitor, CallsItFlappingByTheNewestIncidents) {
  auto spec = pulses({pulse("one", DriftInput::error)}, 1, 0);
  spec.max_per_million = 3;
  DriftMonitor monitor(spec, Task::binary);
  for (const std::uint64_t sample : {10U, 20U, 30U, 1'000'015U}) monitor.opened(0, DriftSeverity::extreme, sample);
  EXPECT_TRUE(monitor.flapping(1'000'019));
  EXPECT_FALSE(monitor.flapping(1'000'020)) << "the third last was a million samples ago";
  EXPECT_EQ(monitor.detections(0), (std::array<std::uint64_t, 3>{0, 0, 4}));
}

}  // namespace
}  // namespace rekindle
