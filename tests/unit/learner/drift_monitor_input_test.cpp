// The drift monitor: what its detectors look at.
#include <gmock/gmock.h>

#include "learner/drift_monitor.hpp"
#include "unit/learner/drift_monitor_parts.hpp"

namespace rekindle {
namespace {

using test::pulse;
using test::pulses;
using test::spec_on;

TEST(DriftMonitor, WatchesTheErrorUnlessItIsToldOtherwise) {
  struct Row {
    DriftInput on;
    DriftInput classes;
    DriftInput numbers;
    bool unlabelled;
  };
  for (const auto& [on, classes, numbers, unlabelled] :
       {Row{DriftInput::automatic, DriftInput::error, DriftInput::loss, false},
        {DriftInput::error, DriftInput::error, DriftInput::loss, false},
        {DriftInput::loss, DriftInput::loss, DriftInput::loss, false},
        {DriftInput::gradient_norm, DriftInput::gradient_norm, DriftInput::gradient_norm, false},
        {DriftInput::prediction, DriftInput::prediction, DriftInput::prediction, true},
        {DriftInput::rank, DriftInput::rank, DriftInput::rank, false},
        {DriftInput::feature, DriftInput::feature, DriftInput::feature, true}}) {
    for (const auto task : {Task::regression, Task::binary, Task::multiclass}) {
      const DriftMonitor monitor(spec_on(on), task);
      const bool beside = on == DriftInput::automatic && task == Task::binary;
      EXPECT_EQ(monitor.size(), beside ? 2U : 1U);
      EXPECT_EQ(monitor.input(0), task == Task::regression ? numbers : classes) << static_cast<int>(on);
      EXPECT_EQ(monitor.watches_unlabelled(), unlabelled) << static_cast<int>(on);
      if (!beside) continue;
      EXPECT_EQ(monitor.input(1), DriftInput::rank);
      EXPECT_EQ(monitor.name(1), "adwin_rank");
    }
  }
}

// Whether a detector has seen something in one sample, as it is without a label, with it, and when the label comes later.
std::array<bool, 3> looks(DriftInput on) {
  auto spec = pulses({pulse("one", on)}, 1, 10);
  spec.detectors[0].feature = "b";
  const std::vector<std::string> names = {"a", "b"};
  const std::vector<double> values = {0, 1};
  std::array<bool, 3> out{};
  for (std::size_t i = 0; i < 3; ++i) {
    DriftMonitor monitor(spec, Task::multiclass, names);
    const auto before = test::saved(monitor);
    (void)monitor.observe(
        {.error = 1, .loss = 1, .gradient_norm = 1, .prediction = 1, .values = values, .labelled = i != 0, .late = i == 2}, 0);
    out[i] = test::saved(monitor) != before;
  }
  return out;
}

TEST(DriftMonitor, LooksAtEachThingOnce) {
  for (const auto on : {DriftInput::error, DriftInput::loss, DriftInput::gradient_norm}) {
    EXPECT_EQ(looks(on), (std::array{false, true, true})) << static_cast<int>(on);
  }
  for (const auto on : {DriftInput::prediction, DriftInput::feature}) {
    EXPECT_EQ(looks(on), (std::array{true, true, false})) << static_cast<int>(on) << ": seen when the sample came";
  }
}

// What is behind the end of the values does not matter.
TEST(DriftMonitor, PassesOverAFeatureThatIsNotThere) {
  auto spec = pulses({pulse("one", DriftInput::feature)}, 1, 10);
  spec.detectors[0].feature = "b";
  const std::vector<double> values = {0, 1};
  for (const auto& names : {std::vector<std::string>{"a"}, {"a", "b"}}) {
    DriftMonitor monitor(spec, Task::binary, names);
    const auto before = test::saved(monitor);
    (void)monitor.observe({.values = std::span(values).first(1)}, 0);
    EXPECT_EQ(test::saved(monitor), before);
    (void)monitor.observe({.values = values}, 0);
    EXPECT_EQ(test::saved(monitor) != before, names.size() == 2);
  }
}

TEST(DriftMonitor, TakesAnAbsurdValueForALargeOne) {
  for (const double sign : {1.0, -1.0}) {
    DriftMonitor absurd(spec_on(DriftInput::loss, "page_hinkley"), Task::binary);
    DriftMonitor large(spec_on(DriftInput::loss, "page_hinkley"), Task::binary);
    for (std::uint64_t i = 0; i < 5; ++i) {
      (void)absurd.observe({.loss = i == 3 ? sign * 1e300 : 0}, i);
      (void)large.observe({.loss = i == 3 ? sign * 1e100 : 0}, i);
    }
    EXPECT_EQ(test::saved(absurd), test::saved(large));
  }
}

// The spread of a feature changes and its mean does not.
TEST(DriftMonitor, TakesAChangeThatMovesNoMeanForARise) {
  for (const auto& [direction, seen] :
       {std::pair(DriftDirection::rises, true), {DriftDirection::falls, false}, {DriftDirection::both, true}}) {
    auto spec = spec_on(DriftInput::feature, "ks", {{"reference", std::int64_t{100}}, {"window", std::int64_t{100}}});
    spec.detectors[0].feature = "a";
    spec.direction = direction;
    const std::vector<std::string> names = {"a"};
    DriftMonitor monitor(spec, Task::binary, names);
    std::optional<Alarm> alarm;
    for (std::uint64_t i = 0; i < 400 && !alarm; ++i) {
      const std::vector<double> values = {(i % 2 == 0 ? 1.0 : -1.0) * (i < 200 ? 1 : 2)};
      alarm = monitor.observe({.values = values}, i);
    }
    ASSERT_EQ(alarm.has_value(), seen);
    if (alarm) {
      EXPECT_EQ(alarm->signal.mean_after, alarm->signal.mean_before);
    }
  }
}

}  // namespace
}  // namespace rekindle
