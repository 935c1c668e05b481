// The drift monitor: which scores it ranks.
#include <gmock/gmock.h>

#include <cmath>

#include "base/random.hpp"
#include "learner/drift_monitor.hpp"
#include "unit/learner/drift_monitor_parts.hpp"

namespace rekindle {
namespace {

using test::spec_on;

// Watches ranks as it is written in docs/policy.md: of the rarer class each, of the others eight to each of these.
class RankByTheBook {
 public:
  explicit RankByTheBook(std::size_t window) : window_(window), ranks_(window) {}
  void observe(bool positive, double score, std::uint64_t sample) {
    if (rare_) {
      const auto every = static_cast<std::uint64_t>(std::ceil(1 / (8 * ranks_.rarer_share())));
      const bool rarer = positive == ranks_.positives_are_rarer();
      const auto share = rarer || sample % every == 0 ? ranks_.share(positive, score, window_) : std::nullopt;
      if (share) {
        (void)detector_->observe(*share);
        severity_.observe(*share);
        ++ranked_;
      }
    }
    ranks_.add(positive, score);
    const bool was = rare_;
    rare_ = ranks_.rarer_share() < 0.2;
    if (was && !rare_) detector_->reset();
  }
  [[nodiscard]] const DriftDetector& detector() const { return *detector_; }
  [[nodiscard]] const SeverityEstimate& severity() const { return severity_; }
  [[nodiscard]] const RankSignal& ranks() const { return ranks_; }
  [[nodiscard]] int ranked() const { return ranked_; }

 private:
  std::size_t window_;
  RankSignal ranks_;
  bool rare_ = false;
  std::unique_ptr<DriftDetector> detector_ = test::make_detector("adwin", {{"clock", std::int64_t{1}}});
  SeverityEstimate severity_;
  int ranked_ = 0;
};

TEST(DriftMonitor, RanksTheRarerClassAndSomeOfTheOthers) {
  auto spec = spec_on(DriftInput::automatic);
  spec.detectors[0].rank_window = 20;
  // Of another window; severity goes by the first.
  spec.detectors.push_back(spec.detectors[0]);
  spec.detectors[1].name = "second";
  spec.detectors[1].rank_window = 5;
  DriftMonitor monitor(spec, Task::binary);
  RankByTheBook book(20);
  Random random(12);
  // A class that is rare, common, the commoner one, and rare again; the scores turn round in between.
  const auto positives = [](std::uint64_t i) { return i < 2000 ? 0.1 : (i < 4500 ? 0.45 : (i < 8500 ? 0.93 : 0.12)); };
  for (std::uint64_t i = 0; i < 13'000; ++i) {
    // The first five are one positive and four negatives: a share of a fifth is not below a fifth.
    const bool positive = i < 5 ? i == 0 : random.uniform() < positives(i);
    const bool turned = (i > 1200 && i < 2000) || (i > 6500 && i < 8000);
    const double score = random.normal() + (positive != turned ? 1 : 0);
    if (i % 431 == 0) {
      DriftMonitor loaded(spec, Task::binary);
      ASSERT_TRUE(test::load_from(test::saved(monitor), loaded));
      ASSERT_EQ(test::saved(loaded), test::saved(monitor)) << i;
      monitor = std::move(loaded);
    }
    (void)monitor.observe({.prediction = score, .target = positive ? 1.0 : 0.0}, i);
    book.observe(positive, score, i);
    if (i == 4) {
      ASSERT_EQ(book.ranks().rarer_share(), 0.2);
    }
    ASSERT_EQ(monitor.pressure(1), book.detector().pressure()) << i;
    ASSERT_EQ(monitor.rank_severity().recent().count(), book.severity().recent().count()) << i;
    ASSERT_EQ(monitor.rank_severity().recent().value(), book.severity().recent().value()) << i;
  }
  EXPECT_GT(book.ranked(), 2000);
}

// A class that all but never comes again: one in 125,000 of the others is ranked.
TEST(DriftMonitor, RanksSomeOfTheOthersWhenTheRarerClassIsGone) {
  DriftMonitor monitor(spec_on(DriftInput::rank), Task::binary);
  for (std::uint64_t i = 1; i <= 10'000; ++i) (void)monitor.observe({.prediction = 0.5, .target = i == 1 ? 1.0 : 0.0}, i);
  const auto ranked_at = [&](std::uint64_t sample) {
    const auto before = monitor.rank_severity().recent().count();
    (void)monitor.observe({.prediction = 0.5, .target = 0}, sample);
    return monitor.rank_severity().recent().count() != before;
  };
  EXPECT_FALSE(ranked_at(62'500));
  EXPECT_FALSE(ranked_at(124'999));
  EXPECT_TRUE(ranked_at(125'000));
  EXPECT_TRUE(ranked_at(250'000));
}

TEST(DriftMonitor, RanksPositivesAloneWhereItIsToldTo) {
  DriftMonitor monitor(spec_on(DriftInput::rank, "adwin", {{"clock", std::int64_t{1}}}), Task::binary);
  RankSignal ranks(200);
  const auto book = test::make_detector("adwin", {{"clock", std::int64_t{1}}});
  Random random(13);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const bool positive = random.uniform() < 0.4;
    const double score = random.normal() + (positive == (i < 1000) ? 1 : 0);
    if (positive) {
      if (const auto share = ranks.share(true, score, 200)) (void)book->observe(*share);
    }
    ranks.add(positive, score);
    (void)monitor.observe({.prediction = score, .target = positive ? 1.0 : 0.0}, i);
    ASSERT_EQ(monitor.pressure(0), book->pressure()) << i;
  }
}

TEST(DriftMonitor, RemembersNoMoreScoresThanTheWidestWindow) {
  const auto size = [](std::uint64_t window) {
    auto spec = spec_on(DriftInput::rank);
    spec.detectors[0].rank_window = window;
    DriftMonitor monitor(spec, Task::binary);
    for (std::uint64_t i = 0; i < 20; ++i) (void)monitor.observe({.target = i % 2 == 0 ? 1.0 : 0.0}, i);
    return test::saved(monitor).size();
  };
  constexpr std::size_t of_each_class = 2 * sizeof(double);
  EXPECT_EQ(size(2) - size(1), of_each_class);
  EXPECT_EQ(size(7) - size(1), 6 * of_each_class);
}

}  // namespace
}  // namespace rekindle
