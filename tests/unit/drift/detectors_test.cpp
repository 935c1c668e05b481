#include "drift/detector.hpp"

#include <gmock/gmock.h>

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

TEST(Detectors, RefuseParametersOutsideTheirBounds) {
  const std::pair<test::Entries, const char*> refusals[] = {
      {{{"delta", 0}}, "adwin.delta: must be > 0 and < 1, got 0"},
      {{{"delta", 1}}, "adwin.delta: must be > 0 and < 1, got 1"},
      {{{"clock", 0}}, "adwin.clock: must be >= 1, got 0"},
      {{{"max_buckets", 1}}, "adwin.max_buckets: must be >= 2 and <= 100, got 1"},
      {{{"max_buckets", 101}}, "adwin.max_buckets: must be >= 2 and <= 100, got 101"},
      {{{"min_window_length", 0}}, "adwin.min_window_length: must be >= 1, got 0"},
      {{{"grace_period", 0}}, "adwin.grace_period: must be >= 1, got 0"},
      {{{"after_drift", "keep"}}, "adwin.after_drift: must be one of reset, keep_newest, got \"keep\""},
      {{{"dleta", 0.1}}, "adwin.dleta: unknown key; did you mean \"delta\"?"},
  };
  for (const auto& [given, message] : refusals) {
    try {
      (void)test::make_detector("adwin", given);
      ADD_FAILURE() << "taken: " << message;
    } catch (const std::invalid_argument& refusal) {
      EXPECT_EQ(refusal.what(), std::string(message) + "\n");
    }
  }
}

}  // namespace
}  // namespace rekindle
