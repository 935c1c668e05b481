#include "drift/adwin.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

// Bernoulli errors, with p changing at `at`.
struct Errors {
  double before = 0.1;
  double after = 0.5;
  int at = 2000;
  Random random{11};
  double operator()(int i) { return random.uniform() < (i < at ? before : after) ? 1 : 0; }
};

TEST(Adwin, FindsARiseSoonAndSaysWhatTheMeansWere) {
  Adwin adwin({});
  Errors errors;
  for (int i = 0; i < 4000; ++i) {
    const auto signal = adwin.observe(errors(i));
    if (signal.level != DriftLevel::drift) continue;
    EXPECT_GE(i, 2000);
    EXPECT_LT(i, 2150);
    EXPECT_LT(signal.mean_before, signal.mean_after);
    EXPECT_NEAR(signal.mean_before, 0.1, 0.05);
    EXPECT_NEAR(signal.statistic, signal.mean_after - signal.mean_before, 1e-12);
    return;
  }
  FAIL() << "nothing found";
}

TEST(Adwin, StartsAnewAtTheValueAfterADrift) {
  Adwin adwin({});
  Errors errors;
  for (int i = 0; i < 4000; ++i) {
    if (adwin.observe(errors(i)).level != DriftLevel::drift) continue;
    EXPECT_GT(adwin.width(), 1) << "still what it found";
    (void)adwin.observe(1);
    EXPECT_EQ(adwin.width(), 1);
    EXPECT_EQ(adwin.total(), 1);
    return;
  }
  FAIL() << "nothing found";
}

TEST(Adwin, KeepsTheNewerSideWhenAskedTo) {
  Adwin adwin({.keep_newest = true});
  Errors errors;
  for (int i = 0; i < 4000; ++i) {
    if (adwin.observe(errors(i)).level != DriftLevel::drift) continue;
    const double width = adwin.width();
    EXPECT_LT(width, i + 1);
    (void)adwin.observe(1);
    EXPECT_EQ(adwin.width(), width + 1);
    return;
  }
  FAIL() << "nothing found";
}

TEST(Adwin, IsRiversUnlessToldToKeepTheNewest) {
  for (const bool keep_newest : {false, true}) {
    auto detector = test::make_detector("adwin", keep_newest ? test::Entries{{"after_drift", "keep_newest"}} : test::Entries{});
    const auto& adwin = dynamic_cast<const Adwin&>(*detector);
    Errors errors;
    int i = 0;
    while (i < 4000 && detector->observe(errors(i)).level != DriftLevel::drift) ++i;
    ASSERT_LT(i, 4000);
    (void)detector->observe(1);
    EXPECT_EQ(adwin.width() > 1, keep_newest);
  }
}

TEST(Adwin, KeepsQuietOnASteadyStream) {
  Adwin adwin({});
  Errors errors{.before = 0.2, .at = 1 << 30};
  int drifts = 0;
  for (int i = 0; i < 100'000; ++i) drifts += adwin.observe(errors(i)).level == DriftLevel::drift ? 1 : 0;
  EXPECT_LE(drifts, 1);
}

TEST(Adwin, KeepsQuietOnAConstantStream) {
  for (const double value : {0.0, 1.0, 1e300, -1e300}) {
    Adwin adwin({});
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(adwin.observe(value).level, DriftLevel::stable) << value;
  }
}

TEST(Adwin, KnowsTheMeanAndSpreadOfItsWholeWindow) {
  Adwin adwin({.delta = 1e-12});
  Random random(3);
  double sum = 0;
  double squares = 0;
  for (int i = 1; i <= 5000; ++i) {
    const double value = random.normal();
    (void)adwin.observe(value);
    sum += value;
    squares += value * value;
    ASSERT_EQ(adwin.width(), i);
    ASSERT_NEAR(adwin.total(), sum, 1e-9);
    ASSERT_NEAR(adwin.squared_deviations(), squares - sum * sum / i, 1e-6);
  }
}

TEST(Adwin, IsUnderMorePressureTheNearerAnAlarmIs) {
  Adwin adwin({});
  for (int i = 0; i < 1024; ++i) (void)adwin.observe(0);
  EXPECT_EQ(adwin.pressure(), 0);
  double last = 0;
  for (int i = 0; i < 1024; ++i) {
    const bool fired = adwin.observe(1).level == DriftLevel::drift;
    if (fired) {
      EXPECT_GT(adwin.pressure(), 1);
      return;
    }
    EXPECT_LE(adwin.pressure(), 1);
    EXPECT_GE(adwin.pressure(), last);
    last = adwin.pressure();
  }
  FAIL() << "nothing found";
}

TEST(Adwin, ForgetsItsOwnWindowForASavedOne) {
  Adwin one({});
  for (int i = 0; i < 40; ++i) (void)one.observe(i % 2);
  Adwin other({});
  Random random(3);
  for (int i = 0; i < 5000; ++i) (void)other.observe(random.uniform());
  ASSERT_TRUE(test::load_from(test::saved(one), other));
  for (int i = 0; i < 5000; ++i) {
    const double value = random.uniform();
    (void)one.observe(value);
    (void)other.observe(value);
  }
  EXPECT_EQ(test::saved(one), test::saved(other));
}

TEST(Adwin, RefusesASavedStateWithMoreBucketsThanItHas) {
  Adwin wide({.max_buckets = 20});
  for (int i = 0; i < 20; ++i) (void)wide.observe(i);
  Adwin narrow({.max_buckets = 5});
  EXPECT_FALSE(test::load_from(test::saved(wide), narrow));
}

// The nearest cut of all, from what a detector saves: every one is worked out.
double nearest_cut(const Adwin& adwin, const AdwinOptions& options) {
  const auto bytes = test::saved(adwin);
  ByteReader in(bytes);
  const auto width = in.get<double>();
  const auto total = in.get<double>();
  const double variance = in.get<double>() / width;
  (void)in.get<std::uint64_t>();
  (void)in.get<double>();
  (void)in.get<std::uint8_t>();
  std::vector<std::pair<double, double>> buckets;  // Values and their sum, newest first.
  const auto rows = in.get<std::uint64_t>();
  for (std::uint64_t r = 0; r < rows; ++r) {
    std::vector<std::pair<double, double>> row(in.get<std::uint32_t>());
    for (auto& [size, sum] : row) {
      size = std::exp2(static_cast<double>(r));
      sum = in.get<double>();
      (void)in.get<double>();
    }
    buckets.insert(buckets.end(), row.rbegin(), row.rend());
  }
  const double confidence = std::log(2 * std::log(width) / options.delta);
  const auto shortest = static_cast<double>(options.min_window_length);
  double n0 = 0, sum0 = 0, nearest = 0;
  for (auto one = buckets.rbegin(); one != buckets.rend(); ++one) {
    n0 += one->first;
    sum0 += one->second;
    const double n1 = width - n0;
    if (n1 < shortest || n1 <= 0) break;
    if (n0 < shortest) continue;
    const double m = 1 / (n0 - shortest + 1) + 1 / (n1 - shortest + 1);
    const double bound = std::sqrt(2 * m * variance * confidence) + 2.0 / 3.0 * confidence * m;
    nearest = std::max(nearest, std::abs(sum0 / n0 - (total - sum0) / n1) / bound);
  }
  return nearest;
}

TEST(Adwin, LeavesOutNoCutThatWouldBeTheNearest) {
  for (const double scale : {1.0, 1e-3, 1e12, 1e100, 1e-90, 1e-140}) {
    for (const double shift : {0.0, 0.5, -1e6}) {
      const AdwinOptions options{.clock = 7};
      Adwin adwin(options);
      Random random(5);
      int looked = 0;
      for (int i = 1; i < 40'000; ++i) {
        const auto signal = adwin.observe(scale * (shift + random.normal() + (i % 10'000 > 9'800 ? 3 : 0)));
        if (signal.level == DriftLevel::drift || std::fmod(adwin.width(), 7) != 0 || adwin.width() < 11) continue;
        ASSERT_EQ(adwin.pressure(), nearest_cut(adwin, options)) << "scale " << scale << ", shift " << shift << ", at " << i;
        ++looked;
      }
      EXPECT_GT(looked, 1000);
    }
  }
}

TEST(Adwin, CutsWhereBothSidesAreAsShortAsTheyMayBe) {
  const AdwinOptions options{.clock = 1, .min_window_length = 8};
  Adwin adwin(options);
  for (int i = 0; i < 16; ++i) ASSERT_NE(adwin.observe((i < 8 ? 0.25 : 0.5) + (i % 2) / 8.0).level, DriftLevel::drift);
  EXPECT_GT(adwin.pressure(), 0);
  EXPECT_EQ(adwin.pressure(), nearest_cut(adwin, options));
}

TEST(Adwin, TakesNoMoreRowsAndBucketsOfASavedStateThanItHas) {
  const auto with_rows = [](std::uint64_t rows) {
    ByteWriter out;
    for (int i = 0; i < 3; ++i) out.put(0.0);
    out.put<std::uint64_t>(0);
    out.put(0.0);
    out.put(false);
    out.put(rows);
    for (std::uint64_t r = 0; r < rows; ++r) out.put<std::uint32_t>(0);
    return out.take();
  };
  Adwin adwin({});
  EXPECT_FALSE(test::load_from(with_rows(0), adwin));
  EXPECT_TRUE(test::load_from(with_rows(1), adwin));
  EXPECT_TRUE(test::load_from(with_rows(50), adwin));
  EXPECT_FALSE(test::load_from(with_rows(51), adwin));
  Adwin wide({.max_buckets = 6});
  for (int i = 0; i < 5; ++i) (void)wide.observe(i);
  EXPECT_TRUE(test::load_from(test::saved(wide), adwin)) << "five of a size";
  (void)wide.observe(5);
  EXPECT_FALSE(test::load_from(test::saved(wide), adwin)) << "six of a size, which are merged at once";
}

// The squares of what is compared are zeros or have lost most of their bits.
TEST(Adwin, KnowsItsPressureByValuesWhoseSquaresVanish) {
  for (const double scale : {1e-155, 1e-160, 3e-162, 1.5e-162, 1e-165, 1e-200}) {
    const AdwinOptions options{.clock = 8};
    Adwin adwin(options);
    Random random(5);
    for (int i = 1; i <= 1600; ++i) {
      ASSERT_EQ(adwin.observe(scale * random.normal()).level, DriftLevel::stable);
      if (i % 8 != 0 || i <= 10) continue;
      ASSERT_GT(adwin.pressure(), 0);
      ASSERT_EQ(adwin.pressure(), nearest_cut(adwin, options)) << "scale " << scale << ", at " << i;
    }
  }
}

// ADWIN without anything saved: sizes of the buckets, oldest first, and the values themselves.
class PlainAdwin {
 public:
  explicit PlainAdwin(const AdwinOptions& options) : options_(options) {}

  DriftSignal observe(double value) {
    if (renew_) *this = PlainAdwin(options_);
    values_.push_back(value);
    sizes_.push_back(1);
    for (std::size_t size = 1; std::ranges::count(sizes_, size) > options_.max_buckets; size *= 2) {
      const auto oldest = std::ranges::find(sizes_, size);
      *sizes_.erase(oldest) = 2 * size;
    }
    DriftSignal signal;
    if (++ticks_ % options_.clock != 0 || std::ssize(values_) <= options_.grace_period) return signal;
    pressure_ = 0;
    for (auto cut = find_cut(); cut.level == DriftLevel::drift; cut = find_cut()) {
      if (signal.level == DriftLevel::stable) signal = cut;
      values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(sizes_.front()));
      sizes_.erase(sizes_.begin());
    }
    renew_ = signal.level == DriftLevel::drift && !options_.keep_newest;
    return signal;
  }
  [[nodiscard]] double pressure() const { return pressure_; }
  [[nodiscard]] double width() const { return static_cast<double>(values_.size()); }
  [[nodiscard]] double total() const { return std::accumulate(values_.begin(), values_.end(), 0.0); }
  [[nodiscard]] double squared_deviations() const {
    const double mean = total() / width();
    double sum = 0;
    for (const double value : values_) sum += (value - mean) * (value - mean);
    return sum;
  }

 private:
  DriftSignal find_cut() {
    const double confidence = std::log(2 * std::log(width()) / options_.delta);
    const double variance = squared_deviations() / width();
    const auto shortest = static_cast<std::size_t>(options_.min_window_length);
    std::size_t before = 0;
    for (const auto size : sizes_) {
      before += size;
      const auto after = values_.size() - before;
      if (before < shortest || after < shortest) continue;
      const auto middle = values_.begin() + static_cast<std::ptrdiff_t>(before);
      const auto n0 = static_cast<double>(before);
      const auto n1 = static_cast<double>(after);
      const double mean0 = std::accumulate(values_.begin(), middle, 0.0) / n0;
      const double mean1 = std::accumulate(middle, values_.end(), 0.0) / n1;
      const double m = 1 / static_cast<double>(before - shortest + 1) + 1 / static_cast<double>(after - shortest + 1);
      const double bound = std::sqrt(2 * m * variance * confidence) + 2.0 / 3.0 * confidence * m;
      const double difference = std::abs(mean1 - mean0);
      pressure_ = std::max(pressure_, difference / bound);
      if (difference > bound) return {DriftLevel::drift, difference, mean0, mean1, n0, n1};
    }
    return {};
  }

  AdwinOptions options_;
  std::vector<double> values_;
  std::vector<std::size_t> sizes_;
  std::int64_t ticks_ = 0;
  double pressure_ = 0;
  bool renew_ = false;
};

TEST(Adwin, IsWhatItIsByItsDefinition) {
  for (const bool keep_newest : {false, true}) {
    for (const auto& options :
         {AdwinOptions{.keep_newest = keep_newest},
          {.delta = 0.5, .clock = 1, .max_buckets = 30, .min_window_length = 1, .grace_period = 1, .keep_newest = keep_newest},
          {.delta = 0.5, .clock = 1, .max_buckets = 2, .min_window_length = 1, .grace_period = 1, .keep_newest = keep_newest},
          {.delta = 0.1, .clock = 3, .max_buckets = 3, .min_window_length = 3, .grace_period = 9, .keep_newest = keep_newest}}) {
      Adwin adwin(options);
      PlainAdwin plain(options);
      Random random(6);
      int drifts = 0;
      for (int i = 0; i < 1200; ++i) {
        // Levels with noise, then jumps of values that are otherwise constant.
        const double value = i < 800 ? 4 * (i / 160 % 2) + random.normal() : 8 * (i / 24 % 2);
        const auto signal = adwin.observe(value);
        const auto expected = plain.observe(value);
        SCOPED_TRACE(fmt::format("clock {}, {} at {}", options.clock, keep_newest, i));
        ASSERT_EQ(signal.level, expected.level);
        ASSERT_NEAR(signal.statistic, expected.statistic, 1e-9);
        ASSERT_NEAR(signal.mean_before, expected.mean_before, 1e-9);
        ASSERT_NEAR(signal.mean_after, expected.mean_after, 1e-9);
        ASSERT_EQ(signal.values_before, expected.values_before);
        ASSERT_EQ(signal.values_after, expected.values_after);
        ASSERT_NEAR(adwin.pressure(), plain.pressure(), 1e-9);
        ASSERT_EQ(adwin.width(), plain.width());
        ASSERT_NEAR(adwin.total(), plain.total(), 1e-9);
        ASSERT_NEAR(adwin.squared_deviations(), plain.squared_deviations(), 1e-7);
        drifts += signal.level == DriftLevel::drift ? 1 : 0;
      }
      EXPECT_GE(drifts, 5);
    }
  }
}

}  // namespace
}  // namespace rekindle
