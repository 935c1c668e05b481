// CUSUM, GMA, DDM, EDDM, ECDD and the Wasserstein distance against their published formulas.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "formulas.hpp"

namespace rekindle::test {
namespace {

// Page 1954: how far the sum of what deviates from the mean so far is above its lowest.
Said cusum(Values x, double delta, double lambda, std::size_t least) {
  const auto m = means(x);
  double sum = 0;
  double lowest = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += x[i] - m[i] - delta;
    if (sum > lowest) continue;
    lowest = sum;
    at = i + 1;
  }
  if (x.size() < least) return {};
  const double above = sum - lowest;
  if (above <= lambda) return {{}, above / lambda};
  return {{DriftLevel::drift, above, m[at - 1], mean(x.subspan(at)), static_cast<double>(at), static_cast<double>(x.size() - at)},
          above / lambda};
}

TEST(DetectorFormula, CusumIsPagesSumSinceItsLowest) {
  const auto stream = numbers(3, {{200, 0}, {60, 1.5}, {200, 0}, {100, -1}, {60, 2}});
  const auto alarms = expect_formula("cusum", {{"delta", 0.05}, {"lambda", 8.0}, {"min_num_instances", 20}}, stream,
                                     [](Values x) { return cusum(x, 0.05, 8, 20); });
  EXPECT_GE(alarms.drifts, 3);
}

// Roberts 1959: each deviation from the mean so far, the older the less.
Said gma(Values x, double alpha, double lambda, std::size_t least) {
  const auto m = means(x);
  if (x.size() < least) return {};
  double average = 0;
  for (std::size_t i = 0; i < x.size(); ++i) average += std::pow(alpha, x.size() - 1 - i) * (1 - alpha) * (x[i] - m[i]);
  const double pressure = std::max(0.0, average / lambda);
  if (average <= lambda) return {{}, pressure};
  return {{DriftLevel::drift, average, m.back(), m.back() + average}, pressure};
}

TEST(DetectorFormula, GmaIsTheGeometricMovingAverageOfTheDeviations) {
  const auto stream = numbers(4, {{200, 0}, {60, 1.5}, {200, 0}, {100, -1}, {60, 2}});
  const auto alarms = expect_formula("gma", {{"alpha", 0.9}, {"lambda", 0.8}, {"min_num_instances", 20}}, stream,
                                     [](Values x) { return gma(x, 0.9, 0.8, 20); });
  EXPECT_GE(alarms.drifts, 2);
}

// Gama and others 2004.
Said ddm(Values x, std::size_t warm_start, double warning, double drift) {
  const auto rates = means(x);
  double least = std::numeric_limits<double>::infinity();
  double rate = 0;
  double deviation = 0;
  double sum = 0;
  std::size_t at = 0;
  for (std::size_t n = warm_start + 1; n <= x.size(); ++n) {
    const double p = rates[n - 1];
    const double s = std::sqrt(p * (1 - p) / static_cast<double>(n));
    sum = p + s;
    if (sum > least) continue;
    least = sum;
    rate = p;
    deviation = s;
    at = n;
  }
  if (at == 0) return {};
  const double pressure = deviation > 0 ? (sum - rate) / (drift * deviation) : 0;
  const auto level = level_of(sum > rate + drift * deviation, sum > rate + warning * deviation);
  if (level == DriftLevel::stable) return {{}, pressure};
  return {{level, sum, rate, mean(x.subspan(at))}, pressure};
}

TEST(DetectorFormula, DdmIsTheErrorRateAboveItsLowest) {
  Alarms all;
  for (const int warm_start : {0, 10, 30}) {
    const auto alarms = expect_formula("ddm", {{"warm_start", warm_start}, {"warning_threshold", 1.5}, {"drift_threshold", 2.5}},
                                       usual_errors(5), [&](Values x) { return ddm(x, static_cast<std::size_t>(warm_start), 1.5, 2.5); });
    all.warnings += alarms.warnings;
    all.drifts += alarms.drifts;
  }
  EXPECT_GE(all.warnings, 10);
  EXPECT_GE(all.drifts, 3);
}

// Baena-Garcia and others 2006. What is said stays until the next error.
Said eddm(Values x, std::size_t warm_start, double alpha, double beta) {
  double squares = 0;
  double last = 0;
  double errors = 0;
  std::optional<double> largest;
  std::size_t at = 0;
  Said said;
  for (std::size_t n = 1; n <= x.size(); ++n) {
    if (x[n - 1] != 1) continue;
    const auto time = static_cast<double>(n);
    errors += 1;
    squares += (time - last) * (time - last);
    last = time;
    const double variance = errors > 1 ? (squares - time * time / errors) / (errors - 1) : 0;
    const double now = time / errors + 2 * std::sqrt(variance);
    if (n <= warm_start) continue;
    if (!largest || now > *largest) {
      largest = now;
      at = n;
    } else if (errors > static_cast<double>(warm_start)) {
      const double level = now / *largest;
      said = {{level_of(level < beta, level < alpha)}, beta == 1 ? 1 : (1 - level) / (1 - beta)};
    }
  }
  if (said.signal.level == DriftLevel::stable) return said;
  said.signal.statistic = said.pressure;
  said.signal.mean_before = mean(x.subspan(0, at));
  said.signal.mean_after = std::max(said.signal.mean_before, mean(at == x.size() ? x.subspan(0, at) : x.subspan(at)));
  return said;
}

TEST(DetectorFormula, EddmIsTheDistanceOfErrorsBelowItsLargest) {
  auto stream = usual_errors(6);
  const auto more = zeros_and_ones(7, {{400, 0.1}, {100, 0.3}, {200, 0.7}});
  stream.insert(stream.begin(), more.begin(), more.end());
  Alarms all;
  for (const int warm_start : {0, 1, 8, 20}) {
    const auto alarms = expect_formula("eddm", {{"warm_start", warm_start}, {"alpha", 0.9}, {"beta", 0.8}}, stream,
                                       [&](Values x) { return eddm(x, static_cast<std::size_t>(warm_start), 0.9, 0.8); });
    all.warnings += alarms.warnings;
    all.drifts += alarms.drifts;
  }
  EXPECT_GE(all.warnings, 10);
  EXPECT_GE(all.drifts, 4);
}

// At distances 1 and 7 with a warm start of 8 values; an error at the 8th is not looked at, however large the deviation is there.
TEST(DetectorFormula, EddmTakesNoLargestFromItsWarmStart) {
  std::vector<double> stream = {1, 0, 0, 0, 0, 0, 0, 1};
  for (int i = 0; i < 24; ++i) stream.push_back(i % 2);
  (void)expect_formula("eddm", {{"warm_start", 8}, {"alpha", 0.6}, {"beta", 0.5}}, stream, [](Values x) { return eddm(x, 8, 0.6, 0.5); });
}

TEST(Eddm, IsNotBelowItsLargestWhereItIsEqual) {
  const std::vector<double> stream = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  auto fires = make_detector("eddm", {{"warm_start", 0}, {"alpha", 1.0}, {"beta", 1.0}});
  auto warns = make_detector("eddm", {{"warm_start", 0}, {"alpha", 1.0}, {"beta", 0.5}});
  for (std::size_t i = 0; i < stream.size(); ++i) {
    ASSERT_EQ(fires->observe(stream[i]).level, DriftLevel::stable) << i;
    ASSERT_EQ(warns->observe(stream[i]).level, DriftLevel::stable) << i;
    ASSERT_EQ(fires->pressure(), i < 7 ? 0 : 1) << "any fall at all would fire, at " << i;
    ASSERT_EQ(warns->pressure(), 0) << i;
  }
}

// Ross and others 2012, equations 1 to 4 and table 1.
Said ecdd(Values x, double lambda, int run_length, double warning, std::size_t least) {
  if (x.size() < least) return {};
  const auto n = static_cast<double>(x.size());
  const double p = mean(x);
  double z = 0;
  for (std::size_t i = 0; i < x.size(); ++i) z += lambda * std::pow(1 - lambda, x.size() - 1 - i) * x[i];
  const double variance = p * (1 - p) * lambda / (2 - lambda) * (1 - std::pow(1 - lambda, 2 * n));
  const auto powers = [&](double a, double b, double c, double d, double e) {
    return a + b * p + c * std::pow(p, 3) + d * std::pow(p, 5) + e * std::pow(p, 7);
  };
  const double limit = run_length == 100   ? powers(2.76, -6.23, 18.12, -312.45, 1002.18)
                       : run_length == 400 ? powers(3.97, -6.56, 48.73, -330.13, 848.18)
                                           : powers(1.17, 7.56, -21.24, 112.12, -987.23);
  const double allowed = limit * std::sqrt(variance);
  const double pressure = allowed > 0 ? std::max(0.0, (z - p) / allowed) : 0;
  const auto level = level_of(z > p + allowed, z > p + warning * allowed);
  if (level == DriftLevel::stable) return {{}, pressure};
  return {{level, z, p, z}, pressure};
}

TEST(DetectorFormula, EcddIsTheChartWithItsThreePublishedLimits) {
  for (const int run_length : {100, 400, 1000}) {
    const Entries given = {{"lambda", 0.1}, {"average_run_length", run_length}, {"warning_level", 0.6}, {"min_num_instances", 12}};
    const auto alarms = expect_formula("ecdd", given, usual_errors(11), [&](Values x) { return ecdd(x, 0.1, run_length, 0.6, 12); });
    EXPECT_GE(alarms.warnings, 3) << run_length;
    EXPECT_GE(alarms.drifts, 2) << run_length;
  }
}

// Of errors alone the deviation is zero, and so is what is allowed; the limit for 1000 values is below zero there.
TEST(Ecdd, IsUnderNoPressureWhereEveryValueIsAnError) {
  for (const int run_length : {100, 400, 1000}) {
    auto detector = make_detector("ecdd", {{"average_run_length", run_length}});
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(detector->observe(1).level, DriftLevel::stable);
      ASSERT_EQ(detector->pressure(), 0) << run_length << " at " << i;
    }
  }
}

TEST(Ddm, TakesTheFirstErrorAfterAFaultlessBeginningForADrift) {
  auto detector = make_detector("ddm", {{"warm_start", 10}});
  for (int i = 0; i < 20; ++i) ASSERT_EQ(detector->observe(0).level, DriftLevel::stable);
  const auto signal = detector->observe(1);
  EXPECT_EQ(signal.level, DriftLevel::drift);
  EXPECT_EQ(signal.mean_before, 0);
  EXPECT_EQ(signal.mean_after, 1) << "all since the lowest, which the last faultless value still was";
  EXPECT_TRUE(std::isfinite(detector->pressure()));
}

// 0 and 1: a mean of 1/2, a deviation of 1/2.
TEST(Cusum, FiresAboveLambdaAndNotAtIt) {
  auto at = make_detector("cusum", {{"delta", 0}, {"lambda", 0.5}, {"min_num_instances", 1}});
  auto above = make_detector("cusum", {{"delta", 0}, {"lambda", 0.49}, {"min_num_instances", 1}});
  for (auto* detector : {at.get(), above.get()}) EXPECT_EQ(detector->observe(0).level, DriftLevel::stable);
  EXPECT_EQ(at->observe(1).level, DriftLevel::stable);
  EXPECT_EQ(at->pressure(), 1);
  EXPECT_EQ(above->observe(1).level, DriftLevel::drift);
}

// 0 and 1 with an alpha of 1/2: a deviation of 1/2, an average of 1/4.
TEST(Gma, FiresAboveLambdaAndNotAtIt) {
  auto at = make_detector("gma", {{"alpha", 0.5}, {"lambda", 0.25}, {"min_num_instances", 1}});
  auto above = make_detector("gma", {{"alpha", 0.5}, {"lambda", 0.24}, {"min_num_instances", 1}});
  for (auto* detector : {at.get(), above.get()}) EXPECT_EQ(detector->observe(0).level, DriftLevel::stable);
  EXPECT_EQ(at->observe(1).level, DriftLevel::stable);
  EXPECT_EQ(at->pressure(), 1);
  EXPECT_EQ(above->observe(1).level, DriftLevel::drift);
}

// By a power of two, so that not a bit is rounded otherwise.
TEST(CusumAndGma, DoNotCareForTheUnitOfTheirValues) {
  const double unit = std::exp2(-80);
  for (const std::string type : {"cusum", "gma"}) {
    auto plain = make_detector(type, {{"lambda", 5.0}});
    Entries given = {{"lambda", 5.0 * unit}};
    if (type == "cusum") given.emplace_back("delta", 0.005 * unit);
    auto scaled = make_detector(type, given);
    double highest = 0;
    for (const double value : numbers(14, {{100, 0.3}, {40, 2}})) {
      ASSERT_EQ(scaled->observe(unit * value).statistic, unit * plain->observe(value).statistic) << type;
      ASSERT_EQ(scaled->pressure(), plain->pressure()) << type;
      highest = std::max(highest, plain->pressure());
    }
    EXPECT_GT(highest, 0) << type;
  }
}

// The area between the two samples' distribution functions, in the first one's standard deviations.
double earth_movers_distance(Values reference, Values window) {
  std::vector<double> all(reference.begin(), reference.end());
  all.insert(all.end(), window.begin(), window.end());
  std::ranges::sort(all);
  const auto share = [](Values values, double at) {
    return static_cast<double>(std::ranges::count_if(values, [&](double x) { return x <= at; })) / static_cast<double>(values.size());
  };
  double area = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    area += std::abs(share(reference, all[i - 1]) - share(window, all[i - 1])) * (all[i] - all[i - 1]);
  }
  double squares = 0;
  for (const double x : reference) squares += (x - mean(reference)) * (x - mean(reference));
  return area / std::sqrt(squares / static_cast<double>(reference.size()));
}

// `reference` values, then `window` more; the next looks are a tenth of a window apart, and at least one value.
Said wasserstein(Values x, std::size_t reference, std::size_t window, double threshold) {
  if (x.size() < reference + window) return {};
  const auto stride = std::max<std::size_t>(1, window / 10);
  const auto since = (x.size() - reference - window) % stride;
  const auto first = x.subspan(0, reference);
  const auto newest = x.subspan(x.size() - since - window, window);
  const double distance = earth_movers_distance(first, newest);
  Said said{{}, distance / threshold};
  if (since != 0) return said;
  said.signal.statistic = distance;
  if (distance <= threshold) return said;
  said.signal = {DriftLevel::drift, distance, mean(first), mean(newest), static_cast<double>(reference), static_cast<double>(window)};
  return said;
}

TEST(DetectorFormula, AReferenceIsComparedWithTheNewestValuesAtEveryTenthOfAWindow) {
  const auto stream = numbers(12, {{150, 0}, {60, 1}, {100, 3}, {60, 0}});
  for (const int window : {2, 10, 15, 19, 20, 44}) {
    const double threshold = window < 10 ? 2 : 1;
    const Entries given = {{"reference", 30}, {"window", window}, {"threshold", threshold}};
    const auto alarms = expect_formula("wasserstein", given, stream,
                                       [&](Values x) { return wasserstein(x, 30, static_cast<std::size_t>(window), threshold); });
    EXPECT_GE(alarms.drifts, 1) << window;
  }
}

TEST(FeatureDetectors, RefuseASavedReferenceThatIsLongerThanTheirs) {
  const Entries longer = {{"reference", 21}, {"window", 10}};
  const Entries shorter = {{"reference", 20}, {"window", 10}};
  for (const std::string type : {"psi", "ks", "wasserstein"}) {
    auto one = make_detector(type, longer);
    for (int i = 0; i < 21; ++i) (void)one->observe(i);
    EXPECT_TRUE(load_from(saved(*one), *make_detector(type, longer))) << type;
    EXPECT_FALSE(load_from(saved(*one), *make_detector(type, shorter))) << type;
  }
}

}  // namespace
}  // namespace rekindle::test
