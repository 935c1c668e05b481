// Page-Hinkley, RDDM and STEPD against their published rules; the saved state of all detectors.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "formulas.hpp"

namespace rekindle::test {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

struct PageHinkley {
  std::size_t min_instances;
  double delta;
  double threshold;
  double alpha;
  bool up;
  bool down;

  Said operator()(Values x) const {
    std::vector<double> rises;
    std::vector<double> falls;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double deviation = x[i] - mean(x, 0, i + 1);
      rises.push_back((i == 0 ? 0 : alpha * rises.back()) + deviation - delta);
      falls.push_back((i == 0 ? 0 : alpha * falls.back()) + deviation + delta);
    }
    if (x.size() < min_instances) return {};
    const auto lowest = std::ranges::min_element(rises);
    const auto highest = std::ranges::max_element(falls);
    const double risen = up ? rises.back() - *lowest : 0;
    const double fallen = down ? *highest - falls.back() : 0;
    const double statistic = std::max(risen, fallen);
    if (statistic <= threshold) return {{}, statistic / threshold};
    const auto begin = static_cast<std::size_t>(risen > threshold ? lowest - rises.begin() : highest - falls.begin()) + 1;
    const double after = begin < x.size() ? mean(x, begin, x.size()) : mean(x);
    return {{DriftLevel::drift, statistic, mean(x, 0, begin), after, static_cast<double>(begin), static_cast<double>(x.size() - begin)},
            statistic / threshold};
  }
};

TEST(PageHinkleyRule, IsFollowedInAllItSays) {
  const auto stream = normal_stream(10, 150, 2, 31);
  for (const std::string mode : {"both", "up", "down"}) {
    const PageHinkley rule{7, 0.05, 12, 0.99, mode != "down", mode != "up"};
    EXPECT_GT(expect_formula("page_hinkley", {{"min_instances", 7}, {"delta", 0.05}, {"threshold", 12}, {"alpha", 0.99}, {"mode", mode}},
                             stream, rule)
                  .drifts,
              2);
  }
}

// With means that are whole, sums come out exactly.
DriftSignal last_of_page_hinkley(const std::vector<double>& values, double threshold, std::int64_t min_instances = 1,
                                 const std::string& mode = "both") {
  const auto detector = make_detector(
      "page_hinkley", {{"min_instances", min_instances}, {"delta", 0}, {"threshold", threshold}, {"alpha", 1}, {"mode", mode}});
  DriftSignal signal;
  for (const double value : values) signal = detector->observe(value);
  return signal;
}

TEST(PageHinkleyRule, FiresAboveTheThresholdNotAtIt) {
  EXPECT_EQ(last_of_page_hinkley({0, 8}, 4).level, DriftLevel::stable);
  EXPECT_EQ(last_of_page_hinkley({0, 8}, 3.99).level, DriftLevel::drift);
  EXPECT_EQ(last_of_page_hinkley({8, 0}, 4).level, DriftLevel::stable);
  EXPECT_EQ(last_of_page_hinkley({8, 0}, 3.99).level, DriftLevel::drift);
}

// The sum goes 0, 4, 4, 1: it stands 1 above its lowest and 3 below its highest.
TEST(PageHinkleyRule, AFallIsToldAsAFallThoughItIsAtTheThresholdOfARiseToo) {
  const auto signal = last_of_page_hinkley({0, 8, 4, 0}, 1, 4);
  EXPECT_EQ(signal.level, DriftLevel::drift);
  EXPECT_EQ(signal.statistic, 3);
  EXPECT_EQ(signal.values_before, 2);
  EXPECT_EQ(signal.mean_before, 4);
  EXPECT_EQ(signal.values_after, 2);
  EXPECT_EQ(signal.mean_after, 2);
}

TEST(PageHinkleyRule, ACommonExtremeIsWhereItWasFirstReached) {
  const auto rise = last_of_page_hinkley({0, 0, 0, 8}, 1);
  EXPECT_EQ(rise.values_before, 1);
  EXPECT_EQ(rise.values_after, 3);
  const auto fall = last_of_page_hinkley({8, 8, 8, 0}, 1);
  EXPECT_EQ(fall.values_before, 1);
  EXPECT_EQ(fall.values_after, 3);
}

// By positions in all that was ever seen.
class Rddm {
 public:
  struct Options {
    double warning_level;
    double drift_level;
    std::size_t max_concept;
    std::size_t min_concept;
    std::size_t max_warnings;
    std::size_t min_instances;
  };
  explicit Rddm(const Options& options) : options_(options) {}

  Said observe(double value) {
    if (renew_) begin_anew();
    seen_.push_back(value);
    const auto now = seen_.size() - 1;
    if (seen_.size() - stored_ > options_.min_concept) {
      if (warning_value_ == stored_) warning_value_ = nowhere;
      ++stored_;
    }
    add(value);
    if (rates_.size() < options_.min_instances) return {{}, pressure_};
    if (sum() < lowest_rate_ + lowest_spread_) keep_lowest();
    pressure_ = lowest_spread_ > 0 ? (sum() - lowest_rate_) / (options_.drift_level * lowest_spread_) : 0;
    const double mean_since = lowest_at_ == rates_.size() ? lowest_rate_ : (total() - lowest_rate_ * lowest_n()) / (size() - lowest_n());
    DriftSignal signal{DriftLevel::drift, sum(), lowest_rate_, mean_since};
    if (sum() > lowest_rate_ + options_.drift_level * lowest_spread_) {
      fired_ = renew_ = true;
      if (warned_at_ == nowhere) stored_ = now;
      return {signal, pressure_};
    }
    if (sum() > lowest_rate_ + options_.warning_level * lowest_spread_) {
      if (warned_at_ != nowhere && now - warned_at_ >= options_.max_warnings) {
        fired_ = renew_ = true;
        stored_ = now;
        warning_value_ = nowhere;
        return {signal, pressure_};
      }
      if (warned_at_ == nowhere) warned_at_ = warning_value_ = now;
      signal.level = DriftLevel::warning;
      return {signal, pressure_};
    }
    warned_at_ = nowhere;
    warning_value_ = nowhere;
    if (rates_.size() >= options_.max_concept) renew_ = true;
    return {{}, pressure_};
  }
  [[nodiscard]] int forgotten() const { return forgotten_; }
  [[nodiscard]] int left() const { return left_; }

 private:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  void begin_anew() {
    forgotten_ += fired_ ? 0 : 1;
    left_ += warned_at_ != nowhere && warning_value_ == nowhere ? 1 : 0;
    if (warning_value_ != nowhere) stored_ = warning_value_;
    rates_.clear();
    if (fired_) lowest_rate_ = lowest_spread_ = infinite;
    lowest_at_ = 0;  // Where the far past was forgotten the lowest sum stays, but not the place where it was.
    for (auto i = stored_; i < seen_.size(); ++i) {
      add(seen_[i]);
      if (fired_ && rates_.size() > options_.min_instances && sum() < lowest_rate_ + lowest_spread_) keep_lowest();
    }
    warned_at_ = nowhere;
    warning_value_ = nowhere;
    fired_ = renew_ = false;
  }
  void add(double value) {
    const double before = rates_.empty() ? 0 : rates_.back();
    rates_.push_back(before + (value - before) / static_cast<double>(rates_.size() + 1));
  }
  [[nodiscard]] double size() const { return static_cast<double>(rates_.size()); }
  [[nodiscard]] double lowest_n() const { return static_cast<double>(lowest_at_); }
  [[nodiscard]] double total() const { return rates_.back() * size(); }
  [[nodiscard]] double spread() const { return std::sqrt(rates_.back() * (1 - rates_.back()) / size()); }
  [[nodiscard]] double sum() const { return rates_.back() + spread(); }
  void keep_lowest() {
    lowest_rate_ = rates_.back();
    lowest_spread_ = spread();
    lowest_at_ = rates_.size();
  }

  Options options_;
  std::vector<double> seen_;
  std::vector<double> rates_;  // Error rate of this concept after each of its values.
  std::size_t stored_ = 0;     // The first value that is still there to begin anew from.
  std::size_t warned_at_ = nowhere;
  std::size_t warning_value_ = nowhere;  // The same, while that value is there.
  double lowest_rate_ = infinite;
  double lowest_spread_ = infinite;
  std::size_t lowest_at_ = 0;
  double pressure_ = 0;
  bool renew_ = false;
  bool fired_ = false;
  int forgotten_ = 0;
  int left_ = 0;
};

struct Counts {
  int drifts = 0;
  int warnings = 0;
  int forgotten = 0;
  int left = 0;  // Begun anew when the first value of the warning was no longer there.
};

void follow_rddm(const Rddm::Options& options, Values stream, Counts& counts) {
  const auto whole = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  const auto detector = make_detector("rddm", {{"warning_level", options.warning_level},
                                               {"drift_level", options.drift_level},
                                               {"max_concept_size", whole(options.max_concept)},
                                               {"min_concept_size", whole(options.min_concept)},
                                               {"max_num_instances_warning", whole(options.max_warnings)},
                                               {"min_num_instances", whole(options.min_instances)}});
  Rddm rule(options);
  for (std::size_t i = 0; i < stream.size() && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto signal = detector->observe(stream[i]);
    expect_said(*detector, signal, rule.observe(stream[i]));
    counts.drifts += signal.level == DriftLevel::drift ? 1 : 0;
    counts.warnings += signal.level == DriftLevel::warning ? 1 : 0;
  }
  counts.forgotten += rule.forgotten();
  counts.left += rule.left();
}

TEST(RddmRule, IsFollowedInAllItSays) {
  Counts counts;
  Random random(33);
  for (std::uint64_t run = 0; run < 60; ++run) {
    SCOPED_TRACE(run);
    const auto up_to = [&](std::size_t most) { return static_cast<std::size_t>(random.below(most)); };
    const Rddm::Options options{1.2, run % 3 == 0 ? 6 : 2.258, 60 + up_to(200), 15 + up_to(60), 5 + up_to(60), 2 + up_to(20)};
    // Nothing wrong, or everything, leaves a lowest sum without any spread.
    const auto rates =
        run % 2 == 0 ? std::vector{0.3, 0.4, 0.2, 0.6, 0.02, 0.3} : std::vector{run % 4 == 1 ? 0.0 : 0.1, 1.0, 0.5, 0.0, 0.3, 0.2};
    follow_rddm(options, errors(rates, 200, 100 + run), counts);
  }
  EXPECT_GT(counts.drifts, 60);
  EXPECT_GT(counts.warnings, 60);
  EXPECT_GT(counts.forgotten, 20);
  EXPECT_GT(counts.left, 5);
}

// 18 of a warning's values are wrong at last, 5 before them are right, and the earlier ones are no longer there when it is a drift.
TEST(RddmRule, BeginsAnewWithTheFirstOfEqualSums) {
  std::vector<double> stream;
  for (int i = 0; i < 200; ++i) stream.push_back(i % 10 == 0 ? 1 : 0);
  stream.insert(stream.end(), 10, 1);
  stream.insert(stream.end(), 8, 0);
  stream.insert(stream.end(), 19, 1);
  Counts counts;
  follow_rddm({1.2, 6, 1000, 23, 100, 2}, stream, counts);
  EXPECT_EQ(counts.left, 1);
  EXPECT_EQ(counts.drifts, 2);
}

// Equal proportions in the newest `window` and all before, with a correction for continuity (Nishida and Yamauchi 2007, eq. 1).
struct Stepd {
  double alpha_drift;
  double alpha_warning;
  std::size_t window;

  Said operator()(Values x) const {
    if (x.size() < 2 * window) return {};
    const auto old = x.size() - window;
    const double before = mean(x, 0, old);
    const double after = mean(x, old, x.size());
    const double all = mean(x);
    const double inverse = 1 / static_cast<double>(old) + 1 / static_cast<double>(window);
    const double spread = std::sqrt(all * (1 - all) * inverse);
    const double z = spread > 0 ? std::abs(std::abs(before - after) - 0.5 * inverse) / spread : 0;
    const double p = std::erfc(z / std::numbers::sqrt2);
    const double pressure = z / quantile(alpha_drift);
    if (p > alpha_warning) return {{}, pressure};
    return {{p > alpha_drift ? DriftLevel::warning : DriftLevel::drift, z, before, after, static_cast<double>(old),
             static_cast<double>(window)},
            pressure};
  }

 private:
  // Newton's steps on erfc(z / sqrt 2) = alpha.
  static double quantile(double alpha) {
    double z = 0;
    for (int i = 0; i < 100; ++i)
      z += (std::erfc(z / std::numbers::sqrt2) - alpha) / (std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2));
    return z;
  }
};

TEST(StepdRule, IsFollowedInAllItSays) {
  const auto stream = errors({0.1, 0.5, 0.3, 0.9, 0.02, 0.2}, 150, 34);
  EXPECT_GT(
      expect_formula("stepd", {{"alpha_d", 0.003}, {"alpha_w", 0.05}, {"min_num_instances", 13}}, stream, Stepd{0.003, 0.05, 13}).drifts,
      2);
  EXPECT_GT(expect_formula("stepd", {{"alpha_d", 0.4}, {"alpha_w", 0.6}, {"min_num_instances", 13}}, stream, Stepd{0.4, 0.6, 13}).drifts,
            10);
}

// 1 of 10 wrong, then 6 of 10. A level is reached where p is below its significance, not at it.
TEST(StepdRule, SignificantIsWhatIsBelowTheSignificance) {
  const auto last = [](double alpha_drift, double alpha_warning) {
    const auto detector = make_detector("stepd", {{"alpha_d", alpha_drift}, {"alpha_w", alpha_warning}, {"min_num_instances", 10}});
    DriftSignal signal;
    for (int i = 0; i < 20; ++i) signal = detector->observe(i == 0 || i >= 14 ? 1 : 0);
    return signal;
  };
  const double p = std::erfc(last(1e-9, 0.9).statistic / std::numbers::sqrt2);
  EXPECT_NEAR(p, std::erfc(0.4 / std::sqrt(0.35 * 0.65 * 0.2) / std::numbers::sqrt2), 1e-9);
  EXPECT_EQ(last(p, 0.9).level, DriftLevel::warning);
  EXPECT_EQ(last(std::nextafter(p, 1), 0.9).level, DriftLevel::drift);
  EXPECT_EQ(last(1e-9, p).level, DriftLevel::stable);
  EXPECT_EQ(last(1e-9, std::nextafter(p, 1)).level, DriftLevel::warning);
}

// A detector that goes on from its own saved bytes is the same at every value, at an alarm too.
TEST(EveryDetectorsState, IsWholeAtEveryValue) {
  const std::vector<std::pair<std::string, Entries>> small = {
      {"page_hinkley", {{"min_instances", 5}, {"threshold", 4}}},
      {"kswin", {{"window_size", 30}, {"stat_size", 10}}},
      {"rddm",
       {{"max_concept_size", 80},
        {"min_concept_size", 20},
        {"max_num_instances_warning", 30},
        {"min_num_instances", 5},
        {"drift_level", 4}}},
      {"stepd", {{"min_num_instances", 8}}},
      {"psi", {{"reference", 40}, {"window", 30}}},
      {"ks", {{"reference", 40}, {"window", 30}, {"alpha", 0.01}}},
      {"wasserstein", {{"reference", 40}, {"window", 30}}},
  };
  auto all = small;
  for (const auto& row : detectors()) all.push_back({row.name, {}});
  const auto stream = errors({0.1, 0.5, 0.2, 0.9, 0.05}, 120, 40);
  std::map<std::string, int> drifts;
  for (const auto& [type, given] : all) {
    const auto whole = make_detector(type, given);
    for (std::size_t i = 0; i < stream.size(); ++i) {
      const auto before = saved(*whole);
      const auto resumed = make_detector(type, given);
      ASSERT_TRUE(load_from(before, *resumed)) << type << " at " << i;
      ASSERT_EQ(saved(*resumed), before) << type << " at " << i;
      (void)resumed->observe(stream[i]);
      drifts[type] += whole->observe(stream[i]).level == DriftLevel::drift ? 1 : 0;
      ASSERT_EQ(saved(*resumed), saved(*whole)) << type << " at " << i;
    }
  }
  for (const auto& [type, given] : small) EXPECT_GT(drifts[type], 0) << type;
}

}  // namespace
}  // namespace rekindle::test
