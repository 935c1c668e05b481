#include "drift/detector.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

// Zeros and ones with two changes: input that every kind of detector takes.
std::vector<double> stream() {
  Random random(5);
  std::vector<double> out;
  for (int i = 0; i < 3000; ++i) out.push_back(random.uniform() < (i < 1000 ? 0.1 : (i < 2000 ? 0.6 : 0.2)) ? 1 : 0);
  return out;
}

std::string trace(DriftDetector& detector, const std::vector<double>& values, std::size_t from = 0) {
  std::string out;
  for (std::size_t i = from; i < values.size(); ++i) {
    const auto signal = detector.observe(values[i]);
    if (signal.level != DriftLevel::stable) out += fmt::format("{} {} {};", i, static_cast<int>(signal.level), signal.statistic);
  }
  return out;
}

TEST(EveryDetector, FindsALargeChange) {
  for (const auto& row : detectors()) {
    auto detector = test::make_detector(row.name);
    EXPECT_THAT(trace(*detector, stream()), ::testing::HasSubstr(" 2 ")) << row.name;
  }
}

TEST(EveryDetector, GoesOnFromAnySaveAsIfNothingHadHappened) {
  const auto values = stream();
  for (const auto& row : detectors()) {
    for (std::size_t cut = 0; cut < values.size(); cut += 37) {
      auto whole = test::make_detector(row.name);
      for (std::size_t i = 0; i < cut; ++i) (void)whole->observe(values[i]);
      auto resumed = test::make_detector(row.name);
      ASSERT_TRUE(test::load_from(test::saved(*whole), *resumed)) << row.name << " at " << cut;
      ASSERT_EQ(trace(*resumed, values, cut), trace(*whole, values, cut)) << row.name << " at " << cut;
      ASSERT_EQ(test::saved(*resumed), test::saved(*whole)) << row.name << " at " << cut;
    }
  }
}

TEST(EveryDetector, IsNewAfterAReset) {
  const auto values = stream();
  for (const auto& row : detectors()) {
    auto used = test::make_detector(row.name);
    (void)trace(*used, values);
    used->reset();
    auto fresh = test::make_detector(row.name);
    EXPECT_EQ(test::saved(*used), test::saved(*fresh)) << row.name;
    EXPECT_EQ(trace(*used, values), trace(*fresh, values)) << row.name;
  }
}

TEST(EveryDetector, NoticesATruncatedState) {
  const auto values = stream();
  for (const auto& row : detectors()) {
    auto detector = test::make_detector(row.name);
    (void)trace(*detector, values);
    const auto bytes = test::saved(*detector);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      auto other = test::make_detector(row.name);
      EXPECT_FALSE(test::load_from({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, *other)) << row.name << " " << size;
    }
  }
}

// Level and sign: each that fires on a rise says so in its means, which is what `drift.direction` goes by.
TEST(EveryDetector, SaysThatARiseIsARise) {
  for (const auto& row : detectors()) {
    auto detector = test::make_detector(row.name);
    const auto values = stream();
    for (std::size_t i = 0; i < 2000; ++i) {
      const auto signal = detector->observe(values[i]);
      if (i < 1030 || signal.level != DriftLevel::drift) continue;
      EXPECT_GT(signal.mean_after, signal.mean_before) << row.name << " at " << i;
      EXPECT_GE(detector->pressure(), 1) << row.name;
      break;
    }
  }
}

TEST(EveryDetector, IsUnderNoPressureWhereNothingWasEverWrong) {
  for (const auto& row : detectors()) {
    auto detector = test::make_detector(row.name);
    for (int i = 0; i < 5000; ++i) {
      (void)detector->observe(0);
      ASSERT_EQ(detector->pressure(), 0) << row.name << " at " << i;
    }
  }
}

TEST(Ecdd, PressureIsTheWayToTheAlarm) {
  auto ecdd = test::make_detector("ecdd");
  Random random(5);
  double highest = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto signal = ecdd->observe(random.uniform() < 0.2 ? 1 : 0);
    ASSERT_EQ(ecdd->pressure() > 1, signal.level == DriftLevel::drift) << i;
    ASSERT_GE(ecdd->pressure(), 0) << i;
    if (signal.level != DriftLevel::drift) highest = std::max(highest, ecdd->pressure());
  }
  EXPECT_GT(highest, 0.5);
}

TEST(EveryDetector, StaysFiniteAndQuietOnAConstantStream) {
  for (const auto& row : detectors()) {
    for (const double value : {0.0, 1.0}) {
      auto detector = test::make_detector(row.name);
      for (int i = 0; i < 5000; ++i) {
        const auto signal = detector->observe(value);
        ASSERT_NE(signal.level, DriftLevel::drift) << row.name << " at " << i;
        ASSERT_TRUE(std::isfinite(signal.statistic) && std::isfinite(detector->pressure())) << row.name << " at " << i;
      }
    }
  }
}

TEST(FeatureDetectors, FindAShiftOfAFeatureAndKeepQuietBeforeIt) {
  for (const std::string type : {"psi", "ks", "wasserstein"}) {
    auto detector = test::make_detector(type);
    Random random(17);
    std::int64_t found = -1;
    for (int i = 0; i < 12'000 && found < 0; ++i) {
      if (detector->observe(3 + 2 * random.normal() + (i < 10'000 ? 0 : 2)).level == DriftLevel::drift) found = i;
    }
    EXPECT_GT(found, 10'000) << type;
    EXPECT_LT(found, 10'500) << type;
  }
}

TEST(FeatureDetectors, TakeTheirFirstLookWhenTheWindowIsFull) {
  for (const std::string type : {"psi", "ks", "wasserstein"}) {
    auto detector = test::make_detector(type, {{"reference", 200}, {"window", 100}});
    int found = -1;
    for (int i = 0; i < 400 && found < 0; ++i) {
      if (detector->observe(i < 200 ? i % 20 : 100 + i % 20).level == DriftLevel::drift) found = i;
    }
    EXPECT_EQ(found, 299) << type;
  }
}

TEST(Detectors, KswinIsRiversByDefault) {
  const auto usual = test::make_detector("kswin", {});
  const auto same = test::make_detector("kswin", {{"alpha", 0.005}, {"window_size", 100}, {"stat_size", 30}, {"seed", 42}});
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const double value = random.normal();
    (void)usual->observe(value);
    (void)same->observe(value);
    ASSERT_EQ(test::saved(*usual), test::saved(*same)) << i;
  }
}

TEST(Detectors, RefuseParametersOutsideTheirBounds) {
  struct Refusal {
    const char* type;
    test::Entries given;
    const char* message;
  };
  const Refusal refusals[] = {
      {"adwin", {{"delta", 0}}, "adwin.delta: must be > 0 and < 1, got 0"},
      {"adwin", {{"delta", 1}}, "adwin.delta: must be > 0 and < 1, got 1"},
      {"adwin", {{"clock", 0}}, "adwin.clock: must be >= 1, got 0"},
      {"adwin", {{"max_buckets", 1}}, "adwin.max_buckets: must be >= 2 and <= 100, got 1"},
      {"adwin", {{"max_buckets", 101}}, "adwin.max_buckets: must be >= 2 and <= 100, got 101"},
      {"adwin", {{"min_window_length", 0}}, "adwin.min_window_length: must be >= 1, got 0"},
      {"adwin", {{"grace_period", 0}}, "adwin.grace_period: must be >= 1, got 0"},
      {"adwin", {{"after_drift", "keep"}}, "adwin.after_drift: must be one of reset, keep_newest, got \"keep\""},
      {"adwin", {{"dleta", 0.1}}, "adwin.dleta: unknown key; did you mean \"delta\"?"},
      {"page_hinkley", {{"mode", "sideways"}}, "page_hinkley.mode: must be one of both, up, down, got \"sideways\""},
      {"kswin", {{"window_size", 50}}, "kswin: window_size must be at least twice stat_size"},
      {"eddm", {{"alpha", 0.8}}, "eddm: alpha must be at least beta"},
      {"ecdd", {{"average_run_length", 200}}, "ecdd: average_run_length must be one of 100, 400, 1000"},
      {"fhddm", {{"short_window_size", 101}}, "fhddm: short_window_size must be \"none\" or from 1 to sliding_window_size, got 101"},
      {"fhddm", {{"short_window_size", "all"}}, "fhddm: short_window_size must be \"none\" or from 1 to sliding_window_size, got \"all\""},
      {"psi", {{"bins", 1}}, "psi.bins: must be >= 2 and <= 1000, got 1"},
  };
  for (const auto& [type, given, message] : refusals) {
    try {
      (void)test::make_detector(type, given);
      ADD_FAILURE() << "taken: " << message;
    } catch (const std::invalid_argument& refusal) {
      EXPECT_EQ(refusal.what(), std::string(message) + "\n");
    }
  }
}

}  // namespace
}  // namespace rekindle
