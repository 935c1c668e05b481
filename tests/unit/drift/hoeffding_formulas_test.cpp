// The detectors whose bound is Hoeffding's or McDiarmid's, HDDM-A, HDDM-W and FHDDM, against their published formulas.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "formulas.hpp"

namespace rekindle::test {
namespace {

// Frias-Blanco and others 2015, test A. A cut is where the mean's upper (for falls: lower) confidence bound was lowest (highest).
Said hddm_a(Values x, double drift, double warning, bool two_sided) {
  const auto m = means(x);
  const auto n = static_cast<double>(x.size());
  const auto bound = [&](std::size_t k) { return std::sqrt(std::log(1 / drift) / (2 * static_cast<double>(k))); };
  std::size_t low = 1;
  std::size_t high = 1;
  for (std::size_t k = 2; k <= x.size(); ++k) {
    if (m[k - 1] + bound(k) <= m[low - 1] + bound(low)) low = k;
    if (m[k - 1] - bound(k) >= m[high - 1] - bound(high)) high = k;
  }
  const auto needed = [&](std::size_t cut, double confidence) {
    return std::sqrt((1 / static_cast<double>(cut) - 1 / n) * std::log(2 / confidence) / 2);
  };
  Said said;
  double nearest = -1;
  const auto side = [&](std::size_t cut, double change) {
    const double pressure = cut == x.size() ? 0 : change / needed(cut, drift);
    if (pressure <= nearest) return;
    nearest = pressure;
    const bool warned = cut != x.size() && change >= needed(cut, warning);
    said.pressure = std::max(0.0, pressure);
    const auto before = static_cast<double>(cut);
    said.signal = {level_of(pressure >= 1, warned), change, m[cut - 1], mean(x.subspan(cut)), before, n - before};
  };
  side(low, m.back() - m[low - 1]);
  if (two_sided) side(high, m[high - 1] - m.back());
  if (said.signal.level == DriftLevel::stable) said.signal = {};
  return said;
}

TEST(DetectorFormula, HddmAIsTheMeanAgainstItsBestPast) {
  for (const bool two_sided : {false, true}) {
    for (const double drift : {0.01, 0.4}) {
      const Entries given = {{"drift_confidence", drift}, {"warning_confidence", 1.25 * drift}, {"two_sided_test", two_sided}};
      const auto alarms =
          expect_formula("hddm_a", given, usual_errors(8), [&](Values x) { return hddm_a(x, drift, 1.25 * drift, two_sided); });
      EXPECT_GE(alarms.warnings, 3);
      EXPECT_GE(alarms.drifts, two_sided ? 3 : 2);
    }
  }
}

// With a drift confidence of exp(-2) the bound of k values is sqrt(1 / k): after 0, 1, 1, 0 the upper bound is 1/2 + 1/2, as after the
// first value alone, and the rise to 3/5 that follows is one from 1/2. For falls it is the same of 1, 0, 0, 1, 0.
TEST(HddmA, TakesTheLaterOfTwoCutsThatAreAsGood) {
  const double confidence = confidence_of(2);
  const Entries given = {{"drift_confidence", confidence}, {"warning_confidence", confidence}, {"two_sided_test", true}};
  for (const double first : {0.0, 1.0}) {
    auto detector = make_detector("hddm_a", given);
    for (const double value : {first, 1 - first, 1 - first, first, 1 - first}) {
      ASSERT_EQ(detector->observe(value).level, DriftLevel::stable) << first;
    }
    EXPECT_NEAR(detector->pressure(), 0.1 / std::sqrt((1.0 / 4 - 1.0 / 5) * std::log(2 / confidence) / 2), 1e-9) << first;
  }
}

// A mean of 1/2 of two values where one was 0: what is needed is the square root of ln(2 / confidence) / 4, which is 1/2.
TEST(HddmA, FiresAtItsBound) {
  const double confidence = confidence_of(1, 2);
  const auto after_zero_and_one = [](double drift, double warning) {
    auto detector = make_detector("hddm_a", {{"drift_confidence", drift}, {"warning_confidence", warning}});
    (void)detector->observe(0);
    return detector->observe(1).level;
  };
  EXPECT_EQ(after_zero_and_one(confidence, 0.9), DriftLevel::drift);
  EXPECT_EQ(after_zero_and_one(0.7, confidence), DriftLevel::warning);
  EXPECT_EQ(after_zero_and_one(0.7, 0.7), DriftLevel::stable);
}

// A mean in which the newest value weighs `lambda`, with the sum of its squared weights. It begins at the first value that is not zero.
struct Weighted {
  double lambda;
  double mean = 0;
  double weights = 1;
  int values = 0;
  void observe(double value) {
    mean = mean == 0 ? value : mean + lambda * (value - mean);
    ++values;
    const double kept = std::pow(1 - lambda, 2 * values);
    weights = lambda * (1 - kept) / (2 - lambda) + kept;
  }
};

// Frias-Blanco and others 2015, test W.
Said hddm_w(Values x, double lambda, double drift, double warning, bool two_sided) {
  const auto needed = [](const Weighted& a, const Weighted& b, double confidence) {
    return std::sqrt((a.weights + b.weights) * std::log(1 / confidence) / 2);
  };
  Said said;
  const auto side = [&](double sign) {
    Weighted all{lambda};
    Weighted before{lambda};
    Weighted after{lambda};
    double best = std::numeric_limits<double>::infinity();
    for (const double value : x) {
      all.observe(value);
      const double bound = sign * all.mean + std::sqrt(all.weights * std::log(1 / drift) / 2);
      if (bound < best) {
        best = bound;
        before = all;
        after = Weighted{lambda};
      } else {
        after.observe(value);
      }
    }
    const double change = sign * (after.mean - before.mean);
    if (after.values == 0 || change / needed(before, after, drift) <= said.pressure) return;
    said.pressure = change / needed(before, after, drift);
    said.signal = {level_of(said.pressure > 1, change > needed(before, after, warning)), change, before.mean, after.mean};
  };
  side(1);
  if (two_sided) side(-1);
  if (said.signal.level == DriftLevel::stable) said.signal = {};
  return said;
}

TEST(DetectorFormula, HddmWIsTheWeightedMeanAgainstItsBestPast) {
  const auto stream = zeros_and_ones(9, {{1, 1}, {200, 0.1}, {150, 0.5}, {200, 0.2}, {150, 0.7}, {150, 0.1}, {50, 1}});
  for (const bool two_sided : {false, true}) {
    for (const double lambda : {0.05, 0.1}) {
      const Entries given = {
          {"drift_confidence", 0.01}, {"warning_confidence", 0.1}, {"lambda_val", lambda}, {"two_sided_test", two_sided}};
      const auto alarms = expect_formula("hddm_w", given, stream, [&](Values x) { return hddm_w(x, lambda, 0.01, 0.1, two_sided); });
      EXPECT_GE(alarms.warnings, 3);
      EXPECT_GE(alarms.drifts, two_sided ? 3 : 2);
    }
  }
}

// With lambda 3/4 the squared weights come to 9/16 / (1 - 1/16) = 0.6 and stay there to the last bit. From then on no bound is a better
// one: what is equal to the best past belongs to the values after it, whose squared weights are 0.6 too by the time the other value comes.
TEST(HddmW, CountsWhatIsOnlyEqualToTheBestPastAsAfterIt) {
  for (const double usual : {0.0, 1.0}) {
    auto detector = make_detector("hddm_w", {{"drift_confidence", 0.001}, {"lambda_val", 0.75}, {"two_sided_test", true}});
    for (int i = 0; i < 80; ++i) (void)detector->observe(usual);
    ASSERT_EQ(detector->pressure(), 0);
    (void)detector->observe(1 - usual);
    // Where the mean is zero it begins anew.
    const double change = usual == 0 ? 1 : 0.75;
    EXPECT_NEAR(detector->pressure(), change / std::sqrt((0.6 + 0.6) * std::log(1000) / 2), 1e-9) << usual;
  }
}

// With lambda 1 the newest value is the mean: from 0 to 1, with squared weights of 1 and 1.
TEST(HddmW, FiresAboveItsBoundAndNotAtIt) {
  const double confidence = confidence_of(1);
  for (const auto& [drift, expected] : {std::pair{confidence, DriftLevel::stable}, {0.37, DriftLevel::drift}}) {
    auto detector = make_detector("hddm_w", {{"drift_confidence", drift}, {"warning_confidence", confidence}, {"lambda_val", 1.0}});
    (void)detector->observe(0);
    EXPECT_EQ(detector->observe(1).level, expected);
    EXPECT_NEAR(detector->pressure(), 1, 0.01);
  }
}

// Pesaranghader and Viktor 2016, with the second, shorter window of Pesaranghader and others 2018. Both begin with the first full long one.
Said fhddm(Values x, std::size_t window, double confidence, std::size_t shorter) {
  Said said;
  const auto look = [&](std::size_t size) {
    const double allowed = std::sqrt(std::log(1 / confidence) / (2 * static_cast<double>(size)));
    double lowest = 1;
    double now = 1;
    for (std::size_t n = window; n <= x.size(); ++n) {
      now = mean(x.subspan(n - size, size));
      lowest = std::min(lowest, now);
    }
    const double rise = now - lowest;
    said.pressure = std::max(said.pressure, rise / allowed);
    if (said.signal.level == DriftLevel::stable && rise > allowed) said.signal = {DriftLevel::drift, rise, lowest, now};
  };
  if (x.size() < window) return said;
  look(window);
  if (shorter > 0) look(shorter);
  return said;
}

TEST(DetectorFormula, FhddmIsTheShareOfErrorsAboveItsLowest) {
  struct Windows {
    int window;
    int shorter;
    double confidence;
    int drifts;
  };
  auto stream = zeros_and_ones(13, {{60, 0.4}});  // The share of errors is not low from the beginning.
  const auto more = usual_errors(10);
  stream.insert(stream.end(), more.begin(), more.end());
  // The shorter one: none, down to a single value, up to all of them.
  for (const auto& [window, shorter, confidence, drifts] :
       {Windows{20, 0, 0.01, 2}, {20, 1, 0.2, 20}, {20, 5, 0.01, 4}, {20, 20, 0.01, 2}, {1, 1, 0.2, 20}, {20, 1, 0.01, 2}}) {
    Entries given = {{"sliding_window_size", window}, {"confidence_level", confidence}};
    if (shorter > 0) given.emplace_back("short_window_size", shorter);
    const auto alarms = expect_formula("fhddm", given, stream, [&, w = window, s = shorter, c = confidence](Values x) {
      return fhddm(x, static_cast<std::size_t>(w), c, static_cast<std::size_t>(s));
    });
    EXPECT_GE(alarms.drifts, drifts) << window << " " << shorter;
    EXPECT_EQ(alarms.warnings, 0);
  }
}

TEST(Fhddm, FiresAboveItsBoundAndNotAtIt) {
  const double confidence = confidence_of(4);  // With windows of 8 values the bound is 1/2.
  const auto errors_until_drift = [&](Entries given, int correct) {
    given.emplace_back("confidence_level", confidence);
    auto detector = make_detector("fhddm", given);
    for (int i = 0; i < correct; ++i) (void)detector->observe(0);
    for (int i = 1; i < 20; ++i) {
      if (detector->observe(1).level == DriftLevel::drift) return i;
      EXPECT_EQ(detector->pressure() == 1, i == 4) << i;
    }
    return 0;
  };
  EXPECT_EQ(errors_until_drift({{"sliding_window_size", 8}}, 8), 5);
  EXPECT_EQ(errors_until_drift({{"sliding_window_size", 32}, {"short_window_size", 8}}, 32), 5);
}

// Of 8 values 4 are just what is allowed, of 6 (bound 0.577) they are too many: what the signal says is of the 6.
TEST(Fhddm, SpeaksOfTheShortWindowWhereTheLongOneIsOnlyAtItsBound) {
  const Entries given = {{"sliding_window_size", 8}, {"short_window_size", 6}, {"confidence_level", confidence_of(4)}};
  auto detector = make_detector("fhddm", given);
  for (int i = 0; i < 8; ++i) (void)detector->observe(0);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(detector->observe(1).level, DriftLevel::stable);
  const auto signal = detector->observe(1);
  EXPECT_EQ(signal.level, DriftLevel::drift);
  EXPECT_NEAR(signal.statistic, 4.0 / 6, 1e-12);
  EXPECT_EQ(signal.mean_before, 0);
  EXPECT_NEAR(signal.mean_after, 4.0 / 6, 1e-12);
}

TEST(Fhddm, TakesAShortWindowFromOneValueUpToTheLongOne) {
  const Entries ten = {{"sliding_window_size", 10}};
  for (const std::int64_t size : {1, 10}) {
    auto given = ten;
    given.emplace_back("short_window_size", size);
    EXPECT_NO_THROW((void)make_detector("fhddm", given)) << size;
  }
  for (const std::int64_t size : {-1, 0, 11}) {
    auto given = ten;
    given.emplace_back("short_window_size", size);
    EXPECT_THROW((void)make_detector("fhddm", given), std::invalid_argument) << size;
  }
}

}  // namespace
}  // namespace rekindle::test
