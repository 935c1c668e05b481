// The drift monitor: what it saves.
#include <gmock/gmock.h>

#include "base/random.hpp"
#include "learner/drift_monitor.hpp"
#include "unit/learner/drift_monitor_parts.hpp"

namespace rekindle {
namespace {

using test::alarms;
using test::pulse;
using test::pulses;
using test::Samples;
using test::spec_on;

TEST(DriftMonitor, EachDetectorTakesFromAStateWhatIsItsOwn) {
  const auto one = pulse("one", DriftInput::error);
  const auto other = pulse("other", DriftInput::error);
  DriftMonitor saved(pulses({one, other}, 1, 0), Task::binary);
  EXPECT_EQ(alarms(saved, {{20, 1, 0}}), Samples{20});
  DriftMonitor turned(pulses({pulse("third", DriftInput::error), other, one}, 1, 0), Task::binary);
  ASSERT_TRUE(test::load_from(test::saved(saved), turned));
  const std::array<std::uint64_t, 3> none{};
  EXPECT_EQ(turned.detections(0), none);
  EXPECT_EQ(turned.detections(1), none);
  EXPECT_EQ(turned.detections(2), (std::array<std::uint64_t, 3>{1, 0, 0}));
}

TEST(DriftMonitor, KeepsItsWarningsInTheState) {
  const auto spec = spec_on(DriftInput::error, "ddm");
  DriftMonitor monitor(spec, Task::binary);
  Random random(5);
  bool on = false;
  bool off = false;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    (void)monitor.observe({.error = random.uniform() < (i < 2000 ? 0.1 : 0.25) ? 1.0 : 0.0}, i);
    if (i % 7 != 0) continue;
    DriftMonitor loaded(spec, Task::binary);
    ASSERT_TRUE(test::load_from(test::saved(monitor), loaded));
    ASSERT_EQ(test::saved(loaded), test::saved(monitor));
    ASSERT_EQ(loaded.warning(0), monitor.warning(0));
    ASSERT_EQ(loaded.warnings(0), monitor.warnings(0));
    (monitor.warning(0) ? on : off) = true;
  }
  EXPECT_TRUE(on && off);
}

// The hash of a state covers these bytes.
TEST(DriftMonitor, SavesZeroForWhatHasNotHappened) {
  const DriftMonitor monitor(spec_on(DriftInput::error), Task::binary);
  const auto bytes = test::saved(monitor);
  ByteReader in(bytes);
  EXPECT_EQ(in.get<std::uint8_t>(), 0) << "no incident";
  EXPECT_EQ(in.get<std::uint64_t>(), 0U);
  EXPECT_TRUE(in.get_array<std::uint64_t>().empty());
  RankSignal ranks(1);
  ranks.load(in);
  EXPECT_EQ(in.get<std::uint8_t>(), 0);
  SeverityEstimate severity;
  severity.load(in);
  ASSERT_EQ(in.get<std::uint64_t>(), 1U);
  EXPECT_EQ(in.get_string(), "adwin");
  (void)in.get_string();
  (void)in.get_array<std::byte>();
  EXPECT_EQ(in.get<std::uint8_t>(), 0) << "it has not fired";
  EXPECT_EQ(in.get<std::uint64_t>(), 0U);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(in.get<std::uint64_t>(), 0U);
  EXPECT_EQ(in.get<std::uint8_t>(), 0);
  EXPECT_TRUE(in.ok() && in.at_end());
}

}  // namespace
}  // namespace rekindle
