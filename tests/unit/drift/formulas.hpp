// What the tests of detectors against their published formulas share. A formula is worked out anew at every value from all values since the
// last drift.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "drift/detector.hpp"
#include "support/choices.hpp"

namespace rekindle::test {

using Values = std::span<const double>;

struct Said {
  DriftSignal signal;
  double pressure = 0;
};

// What a detector says at the last of the values that it has seen since it began.
using Formula = std::function<Said(Values)>;

struct Alarms {
  int warnings = 0;
  int drifts = 0;
};

inline void expect_said(const DriftDetector& detector, const DriftSignal& signal, const Said& expected) {
  const auto near = [](double x) { return 1e-9 * std::max(1.0, std::abs(x)); };
  ASSERT_EQ(signal.level, expected.signal.level);
  ASSERT_NEAR(signal.statistic, expected.signal.statistic, near(expected.signal.statistic));
  ASSERT_NEAR(signal.mean_before, expected.signal.mean_before, near(expected.signal.mean_before));
  ASSERT_NEAR(signal.mean_after, expected.signal.mean_after, near(expected.signal.mean_after));
  ASSERT_EQ(signal.values_before, expected.signal.values_before);
  ASSERT_EQ(signal.values_after, expected.signal.values_after);
  ASSERT_NEAR(detector.pressure(), expected.pressure, near(expected.pressure));
}

// Every 41st value goes to a detector that has just been loaded.
inline Alarms expect_formula(const std::string& type, const Entries& given, Values stream, const Formula& formula) {
  auto detector = make_detector(type, given);
  Alarms alarms;
  EXPECT_EQ(detector->pressure(), 0);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (i % 41 == 40) {
      const auto bytes = saved(*detector);
      detector = make_detector(type, given);
      EXPECT_TRUE(load_from(bytes, *detector));
    }
    const auto signal = detector->observe(stream[i]);
    expect_said(*detector, signal, formula(stream.subspan(begin, i + 1 - begin)));
    if (::testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << type << " at " << i << ", which is new since " << begin;
      return alarms;
    }
    alarms.warnings += signal.level == DriftLevel::warning ? 1 : 0;
    if (signal.level != DriftLevel::drift) continue;
    ++alarms.drifts;
    begin = i + 1;
  }
  return alarms;
}

struct Part {
  int values;
  double mean;  // Of zeros and ones the share of ones.
};

inline std::vector<double> zeros_and_ones(std::uint64_t seed, const std::vector<Part>& parts) {
  Random random(seed);
  std::vector<double> out;
  for (const auto& part : parts) {
    for (int i = 0; i < part.values; ++i) out.push_back(random.uniform() < part.mean ? 1 : 0);
  }
  return out;
}

inline std::vector<double> numbers(std::uint64_t seed, const std::vector<Part>& parts) {
  Random random(seed);
  std::vector<double> out;
  for (const auto& part : parts) {
    for (int i = 0; i < part.values; ++i) out.push_back(part.mean + random.normal());
  }
  return out;
}

// So many errors of each rate.
inline std::vector<double> errors(const std::vector<double>& rates, int each, std::uint64_t seed) {
  std::vector<Part> parts;
  for (const double rate : rates) parts.push_back({each, rate});
  return zeros_and_ones(seed, parts);
}

// Up and down by `height` every `every` values, so many times.
inline std::vector<double> normal_stream(int times, int every, double height, std::uint64_t seed) {
  std::vector<Part> parts;
  for (int i = 0; i < times; ++i) parts.push_back({every, i % 2 == 0 ? 0 : height});
  return numbers(seed, parts);
}

// Two rises, two falls, and a beginning without an error.
inline std::vector<double> usual_errors(std::uint64_t seed) {
  return zeros_and_ones(seed, {{40, 0}, {200, 0.1}, {150, 0.5}, {300, 0.15}, {80, 0.02}, {150, 0.4}, {80, 1}});
}

inline double mean(Values values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

inline Values part(Values values, std::size_t first, std::size_t end) { return values.subspan(first, end - first); }
inline double mean(Values values, std::size_t first, std::size_t end) { return mean(part(values, first, end)); }

// Of the first, the first two and so on.
inline std::vector<double> means(Values values) {
  std::vector<double> out;
  double sum = 0;
  for (const double value : values) {
    sum += value;
    out.push_back(sum / static_cast<double>(out.size() + 1));
  }
  return out;
}

inline DriftLevel level_of(bool drift, bool warning) {
  return drift ? DriftLevel::drift : (warning ? DriftLevel::warning : DriftLevel::stable);
}

// A confidence for which ln(over / confidence) is `logarithm` to the last bit, so that a bound is a number that a mean can be equal to.
inline double confidence_of(double logarithm, double over = 1) {
  double confidence = over * std::exp(-logarithm);
  for (int i = 0; i < 8; ++i) confidence = std::nextafter(confidence, 0);
  for (int i = 0; i < 16 && std::log(over / confidence) != logarithm; ++i) confidence = std::nextafter(confidence, 1);
  EXPECT_EQ(std::log(over / confidence), logarithm);
  return confidence;
}

}  // namespace rekindle::test
