// What the tests of detectors against their published rules share. A rule says, from all values since the last drift, what a detector says.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "drift/detector.hpp"
#include "support/choices.hpp"

namespace rekindle::test {

using Values = std::vector<double>;

struct Look {
  DriftSignal signal;
  double pressure = 0;
};

// From all values since the last drift to what is said at the newest of them.
using Rule = std::function<Look(const Values&)>;

inline double mean(const Values& values, std::size_t first, std::size_t end) {
  double sum = 0;
  for (auto i = first; i < end; ++i) sum += values[i];
  return sum / static_cast<double>(end - first);
}
inline double mean(const Values& values) { return mean(values, 0, values.size()); }

inline Values part(const Values& values, std::size_t first, std::size_t end) {
  return {values.begin() + static_cast<std::ptrdiff_t>(first), values.begin() + static_cast<std::ptrdiff_t>(end)};
}

inline void expect_same(const Look& ours, const Look& theirs) {
  const auto near = [](double one, double other) {
    return std::isfinite(one) && std::abs(one - other) <= 1e-9 * std::max({1.0, std::abs(one), std::abs(other)});
  };
  EXPECT_EQ(static_cast<int>(ours.signal.level), static_cast<int>(theirs.signal.level));
  EXPECT_PRED2(near, ours.signal.statistic, theirs.signal.statistic) << "statistic";
  EXPECT_PRED2(near, ours.signal.mean_before, theirs.signal.mean_before) << "mean before";
  EXPECT_PRED2(near, ours.signal.mean_after, theirs.signal.mean_after) << "mean after";
  EXPECT_EQ(ours.signal.values_before, theirs.signal.values_before);
  EXPECT_EQ(ours.signal.values_after, theirs.signal.values_after);
  EXPECT_PRED2(near, ours.pressure, theirs.pressure) << "pressure";
}

// How many drifts there were. The first difference ends it.
inline int followed(const std::string& type, const Entries& given, const Values& stream, const Rule& rule) {
  const auto detector = make_detector(type, given);
  Values since;
  int drifts = 0;
  for (std::size_t i = 0; i < stream.size() && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("{} at {}", type, i));
    since.push_back(stream[i]);
    const auto signal = detector->observe(stream[i]);
    expect_same({signal, detector->pressure()}, rule(since));
    if (signal.level != DriftLevel::drift) continue;
    since.clear();
    ++drifts;
  }
  return drifts;
}

// Up and down by `height` every `every` values.
inline Values normal_stream(std::size_t count, std::size_t every, double height, std::uint64_t seed) {
  Random random(seed);
  Values out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(random.normal() + (i / every % 2 == 0 ? 0 : height));
  return out;
}

inline Values errors(const Values& rates, std::size_t each, std::uint64_t seed) {
  Random random(seed);
  Values out;
  for (const double rate : rates) {
    for (std::size_t i = 0; i < each; ++i) out.push_back(random.uniform() < rate ? 1 : 0);
  }
  return out;
}

}  // namespace rekindle::test
