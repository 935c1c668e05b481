// KSWIN, PSI, Kolmogorov-Smirnov and Wasserstein against their definitions.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "drift/two_sample.hpp"
#include "formulas.hpp"

namespace rekindle::test {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double distance_of(Values a, Values b) {
  double largest = 0;
  const auto share = [](Values of, double at) {
    return static_cast<double>(std::ranges::count_if(of, [&](double one) { return one <= at; })) / static_cast<double>(of.size());
  };
  for (const auto* sample : {&a, &b}) {
    for (const double at : *sample) largest = std::max(largest, std::abs(share(a, at) - share(b, at)));
  }
  return largest;
}

// The smallest difference in units of 1 / size that is significant, and above 0.1.
std::int64_t kswin_critical(std::int64_t size, double alpha) {
  std::int64_t h = 1;
  while (kolmogorov_smirnov_p(size, size, h) > alpha || 10 * h <= size) ++h;
  return h;
}

struct Kswin {
  double alpha;
  std::size_t window;
  std::size_t sample;
  std::uint64_t seed;

  Said operator()(Values x) const {
    Random random(seed);
    std::vector<std::size_t> order(window - sample);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Said look;
    for (std::size_t end = window; end <= x.size(); ++end) look = at(part(x, end - window, end), order, random);
    return look;
  }

 private:
  Said at(Values newest, std::vector<std::size_t>& order, Random& random) const {
    std::vector<double> older(newest.begin(), newest.end() - static_cast<std::ptrdiff_t>(sample));
    const auto fresh = part(newest, window - sample, window);
    std::ranges::sort(older);
    std::vector<double> drawn;
    for (std::size_t i = 0; i < sample; ++i) {
      if (window != 2 * sample) std::swap(order[i], order[i + random.below(order.size() - i)]);
      drawn.push_back(older[order[i]]);
    }
    const auto size = static_cast<double>(sample);
    const double statistic = distance_of(drawn, fresh);
    const double pressure = statistic * size / static_cast<double>(kswin_critical(static_cast<std::int64_t>(sample), alpha));
    if (pressure < 1 - 1e-9) return {{DriftLevel::stable, statistic}, pressure};
    return {{DriftLevel::drift, statistic, mean(drawn), mean(fresh), size, size}, pressure};
  }
};

TEST(KswinRule, IsFollowedInAllItSays) {
  auto stream = normal_stream(6, 50, 2, 32);
  for (std::size_t i = 0; i < stream.size(); i += 2) stream[i] = std::round(stream[i]);  // Some values are there often.
  EXPECT_GT(expect_formula("kswin", {{"alpha", 0.01}, {"window_size", 40}, {"stat_size", 12}, {"seed", 5}}, stream, Kswin{0.01, 40, 12, 5})
                .drifts,
            1);
  EXPECT_GT(expect_formula("kswin", {{"alpha", 0.01}, {"window_size", 24}, {"stat_size", 12}, {"seed", 5}}, stream, Kswin{0.01, 24, 12, 5})
                .drifts,
            1);
}

// At a significance of 0.9 a difference of 8 in 100 would do.
TEST(KswinRule, AsksForADistanceAboveATenth) {
  const auto level = [](std::size_t differing) {
    const auto detector = make_detector("kswin", {{"alpha", 0.9}, {"window_size", 200}, {"stat_size", 100}});
    DriftSignal signal;
    for (std::size_t i = 0; i < 200; ++i) signal = detector->observe(i >= 200 - differing ? 1 : 0);
    return signal.level;
  };
  EXPECT_EQ(level(10), DriftLevel::stable);
  EXPECT_EQ(level(11), DriftLevel::drift);
}

TEST(KswinRule, RefusesARankThatNoOlderValueHas) {
  const auto detector = make_detector("kswin", {{"window_size", 20}, {"stat_size", 5}});
  const auto bytes = saved(*detector);
  // At the end: the ranks of 15 older values, 4 bytes each, the pressure, and whether it fired.
  const auto taken_with = [&](int rank) {
    auto changed = bytes;
    changed[changed.size() - 13] = static_cast<std::byte>(rank);
    return load_from(changed, *make_detector("kswin", {{"window_size", 20}, {"stat_size", 5}}));
  };
  EXPECT_TRUE(taken_with(14));
  EXPECT_FALSE(taken_with(15));
}

// What the newest `window` after the first `reference` values are looked at for, at every tenth of a window.
struct AgainstFirst {
  std::size_t reference;
  std::size_t window;
  std::function<Said(Values first, Values newest)> look;

  Said operator()(Values x) const {
    const auto stride = std::max<std::size_t>(1, window / 10);
    if (x.size() < reference + window) return {};
    const auto over = (x.size() - reference - window) % stride;
    const auto newest = look(part(x, 0, reference), part(x, x.size() - over - window, x.size() - over));
    return {over == 0 ? newest.signal : DriftSignal{}, newest.pressure};
  }
};

Said with_means(double statistic, double pressure, bool drift, Values first, Values newest) {
  if (!drift) return {{DriftLevel::stable, statistic}, pressure};
  return {{DriftLevel::drift, statistic, mean(first), mean(newest), static_cast<double>(first.size()), static_cast<double>(newest.size())},
          pressure};
}

// A value that several quantiles share has a bin of its own.
Said psi_look(Values first, Values newest, std::size_t bins, double threshold) {
  std::vector<double> sorted(first.begin(), first.end());
  std::ranges::sort(sorted);
  std::vector<double> edges = {-infinite};
  for (std::size_t k = 1; k < bins; ++k) {
    const double position = static_cast<double>(k * (first.size() - 1)) / static_cast<double>(bins);
    const auto below = static_cast<std::size_t>(position);
    const double edge = sorted[below] + (position - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
    if (edge > edges.back())
      edges.push_back(edge);
    else if (edge == edges.back())
      edges.push_back(std::nextafter(edge, infinite));
  }
  edges.push_back(infinite);
  double index = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const auto share = [&](Values of) {
      const auto inside = std::ranges::count_if(of, [&](double one) { return edges[i] <= one && one < edges[i + 1]; });
      return std::max(1e-4, static_cast<double>(inside) / static_cast<double>(of.size()));
    };
    index += (share(newest) - share(first)) * std::log(share(newest) / share(first));
  }
  return with_means(index, index / threshold, index > threshold, first, newest);
}

std::vector<double> rounded_now_and_then(std::vector<double> stream) {
  for (std::size_t i = 0; i < stream.size(); i += 2) stream[i] = std::round(stream[i]);
  return stream;
}

TEST(PsiRule, IsFollowedInAllItSays) {
  const auto stream = rounded_now_and_then(normal_stream(6, 200, 1, 35));
  for (const std::size_t bins : {2U, 5U, 20U}) {
    const auto look = [&](Values first, Values newest) { return psi_look(first, newest, bins, 0.8); };
    EXPECT_GT(expect_formula("psi", {{"reference", 60}, {"window", 33}, {"bins", static_cast<std::int64_t>(bins)}, {"threshold", 0.8}},
                             stream, AgainstFirst{60, 33, look})
                  .drifts,
              0);
  }
}

Said ks_look(Values first, Values newest, double alpha) {
  const auto m = static_cast<std::int64_t>(first.size());
  const auto n = static_cast<std::int64_t>(newest.size());
  std::int64_t critical = 1;
  while (kolmogorov_smirnov_p(m, n, critical) > alpha) ++critical;
  const double statistic = distance_of(first, newest);
  const double pressure = statistic * static_cast<double>(std::lcm(m, n)) / static_cast<double>(critical);
  return with_means(statistic, pressure, pressure > 1 - 1e-9, first, newest);
}

TEST(KsRule, IsFollowedInAllItSays) {
  const auto stream = rounded_now_and_then(normal_stream(6, 100, 1, 36));
  const auto look = [](Values first, Values newest) { return ks_look(first, newest, 0.01); };
  EXPECT_GT(expect_formula("ks", {{"reference", 30}, {"window", 20}, {"alpha", 0.01}}, stream, AgainstFirst{30, 20, look}).drifts, 1);
}

TEST(KsRule, FiresAtTheCriticalDistance) {
  const double alpha = kolmogorov_smirnov_p(20, 20, 10);
  const auto level = [&](int differing) {
    const auto detector = make_detector("ks", {{"reference", 20}, {"window", 20}, {"alpha", alpha}});
    DriftSignal signal;
    for (int i = 0; i < 40; ++i) signal = detector->observe(i >= 40 - differing ? 1 : 0);
    return signal.level;
  };
  EXPECT_EQ(level(9), DriftLevel::stable);
  EXPECT_EQ(level(10), DriftLevel::drift);
}

// The area between two distribution functions, step by step over all values of both.
double area_between(Values a, Values b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::ranges::sort(all);
  const auto share = [](Values of, double at) {
    return static_cast<double>(std::ranges::count_if(of, [&](double one) { return one <= at; })) / static_cast<double>(of.size());
  };
  double area = 0;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) area += (all[i + 1] - all[i]) * std::abs(share(a, all[i]) - share(b, all[i]));
  return area;
}

Said wasserstein_look(Values first, Values newest, double threshold) {
  double squares = 0;
  for (const double value : first) squares += (value - mean(first)) * (value - mean(first));
  const double statistic = area_between(first, newest) / std::sqrt(squares / static_cast<double>(first.size()));
  return with_means(statistic, statistic / threshold, statistic > threshold, first, newest);
}

TEST(WassersteinRule, IsFollowedInAllItSays) {
  auto stream = rounded_now_and_then(normal_stream(6, 100, 1, 37));
  const auto look = [](Values first, Values newest) { return wasserstein_look(first, newest, 0.7); };
  EXPECT_GT(
      expect_formula("wasserstein", {{"reference", 30}, {"window", 20}, {"threshold", 0.7}}, stream, AgainstFirst{30, 20, look}).drifts, 1);
  for (auto& value : stream) value *= 0.25;
  EXPECT_GT(
      expect_formula("wasserstein", {{"reference", 30}, {"window", 20}, {"threshold", 0.7}}, stream, AgainstFirst{30, 20, look}).drifts, 1);
}

// In the feature's own unit then.
TEST(WassersteinRule, AnythingElseThanAConstantReferenceIsADrift) {
  const auto detector = make_detector("wasserstein", {{"reference", 10}, {"window", 4}, {"threshold", 0.5}});
  for (int i = 0; i < 14; ++i) {
    const auto signal = detector->observe(3);
    ASSERT_EQ(signal.level, DriftLevel::stable) << i;
    ASSERT_EQ(detector->pressure(), 0) << i;
  }
  const auto signal = detector->observe(3.5);
  EXPECT_EQ(signal.level, DriftLevel::drift);
  EXPECT_EQ(signal.statistic, 0.125);
  EXPECT_EQ(detector->pressure(), 1);
}

TEST(FeatureDetectorRules, FireAboveTheThresholdNotAtIt) {
  for (const std::string type : {"psi", "wasserstein"}) {
    const auto last = [&](double threshold) {
      const auto detector = make_detector(type, {{"reference", 40}, {"window", 20}, {"threshold", threshold}});
      Said look;
      for (const double value : numbers(38, {{40, 0}, {20, 1}})) look = {detector->observe(value), detector->pressure()};
      return look;
    };
    const double statistic = last(1e6).signal.statistic;
    EXPECT_GT(statistic, 0) << type;
    EXPECT_EQ(last(statistic).signal.level, DriftLevel::stable) << type;
    EXPECT_EQ(last(statistic).pressure, 1) << type;
    EXPECT_EQ(last(std::nextafter(statistic, 0)).signal.level, DriftLevel::drift) << type;
  }
}

}  // namespace
}  // namespace rekindle::test
