#include "drift/adwin.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
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

}  // namespace
}  // namespace rekindle
