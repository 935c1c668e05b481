// DriftKindEstimate against its rules, worked out the slow way.
#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "base/random.hpp"
#include "drift/kind.hpp"

namespace rekindle {
namespace {

// The rules once more, with all blocks kept and each line of each fit summed up by itself: slow, and nothing to get wrong by clever sums.
class PlainKind {
 public:
  void observe(double error) {
    pending_.push_back(error);
    if (pending_.size() < 10) return;
    blocks_.push_back(mean(pending_, 0, 10));
    pending_.clear();
    if (begun_ && count() - began_ <= 200 && (count() - began_) % 5 == 0) look();
  }
  void begin() {
    begun_ = true;
    burst_ = false;
    began_ = count();
    look();
  }
  [[nodiscard]] bool burst() const { return burst_; }
  // As of the newest look.
  [[nodiscard]] DriftKind kind() const {
    if (burst_) return DriftKind::burst;
    return began_ > 0 && gradual() ? DriftKind::gradual : DriftKind::abrupt;
  }

 private:
  struct Line {
    double squares = 1e300;
    double rise = 0;
  };

  static double mean(const std::vector<double>& of, std::ptrdiff_t first, std::ptrdiff_t end) {
    double sum = 0;
    for (auto i = first; i < end; ++i) sum += of[static_cast<std::size_t>(i)];
    return sum / static_cast<double>(end - first);
  }
  [[nodiscard]] std::ptrdiff_t count() const { return std::ssize(blocks_); }
  // At most 300 blocks before the alarm are of interest, and no more than 400 in all are remembered.
  [[nodiscard]] std::ptrdiff_t oldest() const { return std::max({std::ptrdiff_t{0}, began_ - 300, looked_ - 400}); }

  void look() {
    looked_ = count();
    if (burst_ || began_ == 0 || looked_ - began_ > 30) return;
    const auto usual = mean(blocks_, oldest(), began_ - oldest() > 30 ? began_ - 30 : began_);
    const auto from = std::max(std::ptrdiff_t{0}, began_ - 30);
    const double highest = std::max(0.0, *std::max_element(blocks_.begin() + from, blocks_.end()));
    const auto high = [&](double one) { return one > usual + (highest - usual) / 2; };
    const auto begin = std::find_if(blocks_.begin() + from, blocks_.end(), high) - blocks_.begin();
    const auto end = blocks_.rend() - std::find_if(blocks_.rbegin(), blocks_.rend() - begin, high);
    const auto length = end - begin;
    if (length < 2 || length > 15 || looked_ - end < 5 || begin - from < 5) return;
    const double height = mean(blocks_, begin, end) - usual;
    burst_ = height > 0.3 && mean(blocks_, end - 2, end) - usual > 0.8 * height &&
             mean(blocks_, end + 1, end + 5) - usual < 0.15 * height && mean(blocks_, begin - 5, begin - 1) - usual < 0.2 * height &&
             mean(blocks_, end + 1, looked_) - usual < 0.25 * height;
  }

  [[nodiscard]] bool gradual() const {
    std::vector<double> points;
    for (auto end = looked_; end - 5 >= oldest(); end -= 5) points.insert(points.begin(), mean(blocks_, end - 5, end));
    if (points.size() < 8) return false;
    const auto all = std::ssize(points);
    auto peak = all;
    double highest = -1;
    for (auto end = std::max(std::ptrdiff_t{1}, all - 1 - (looked_ - began_) / 5); end <= all; ++end) {
      const double here = mean(points, std::max(std::ptrdiff_t{0}, end - 3), end);
      if (here <= highest) continue;
      highest = here;
      peak = end;
    }
    if (peak < 8) return false;
    points.resize(static_cast<std::size_t>(peak));
    double step = 1e300;
    double ramp = 1e300;
    for (const std::ptrdiff_t length : {0, 1, 2}) step = std::min(step, best(points, length));
    for (std::ptrdiff_t length = 4; length <= peak; length += 2) ramp = std::min(ramp, best(points, length));
    return ramp < 0.87 * step;
  }

  static double best(const std::vector<double>& points, std::ptrdiff_t length) {
    double least = 1e300;
    for (std::ptrdiff_t from = 0; from + length <= std::ssize(points); ++from) {
      std::vector<double> x;
      for (std::ptrdiff_t i = 0; i < std::ssize(points); ++i) {
        const double inside = length == 0 ? 0 : (static_cast<double>(i - from) + 0.5) / static_cast<double>(length);
        x.push_back(i < from ? 0 : (i < from + length ? inside : 1));
      }
      const auto line = regression(x, points);
      if (line.rise > 1e-12) least = std::min(least, line.squares);
    }
    return least;
  }

  static Line regression(const std::vector<double>& x, const std::vector<double>& y) {
    const double x_mean = mean(x, 0, std::ssize(x));
    const double y_mean = mean(y, 0, std::ssize(y));
    double xx = 0;
    double xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      xx += (x[i] - x_mean) * (x[i] - x_mean);
      xy += (x[i] - x_mean) * (y[i] - y_mean);
    }
    if (xx < 1e-9) return {};
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double left = y[i] - y_mean - xy / xx * (x[i] - x_mean);
      squares += left * left;
    }
    return {squares, xy / xx};
  }

  std::vector<double> pending_;
  std::vector<double> blocks_;
  std::ptrdiff_t began_ = 0;
  std::ptrdiff_t looked_ = 0;
  bool begun_ = false;
  bool burst_ = false;
};

// A rise of any length, that may fall again, seen after a usual time of any length and at any place; in blocks of ten samples.
struct RandomCourse {
  explicit RandomCourse(Random& random) {
    const auto up_to = [&](double most) { return most * random.uniform(); };
    usual = random.uniform() < 0.4 ? up_to(30) : up_to(500);
    before = up_to(0.3);
    height = 0.1 + up_to(0.7);
    rise = random.uniform() < 0.5 ? up_to(40) : up_to(200);
    high = random.uniform() < 0.3 ? 400 : up_to(30);
    fall = up_to(200);
    noise = up_to(0.3);
    alarm = usual + up_to(rise + 40);
  }
  [[nodiscard]] double at(double i) const {
    const double since = i - usual;
    if (since < 0) return before;
    if (since < rise) return before + height * since / rise;
    return before + height * std::clamp(1 - (since - rise - high) / fall, 0.0, 1.0);
  }
  double usual;
  double before;
  double height;
  double rise;
  double high;
  double fall;
  double noise;
  double alarm;
};

TEST(DriftKind, IsThatOfThePlainRulesOnAnyCourse) {
  Random random(21);
  std::map<DriftKind, int> told;
  for (int run = 0; run < 250; ++run) {
    const RandomCourse course(random);
    const int alarm = static_cast<int>(10 * course.alarm);
    const int compared = alarm + 1 + static_cast<int>(random.below(random.uniform() < 0.5 ? 300 : 2300));
    DriftKindEstimate kind;
    PlainKind plain;
    double error = 0;
    for (int i = 0; i <= compared; ++i) {
      if (i % 10 == 0) error = std::max(0.0, course.at(i / 10) + course.noise * random.normal());
      kind.observe(error);
      plain.observe(error);
      if (i == alarm) {
        kind.begin();
        plain.begin();
      }
    }
    ASSERT_EQ(kind.kind(), plain.kind()) << run;
    ++told[kind.kind()];
  }
  EXPECT_GT(told[DriftKind::abrupt], 60);
  EXPECT_GT(told[DriftKind::gradual], 60);
}

// A plateau of any length with any sides, whose edges fall between blocks, some time after a beginning at another level.
TEST(DriftKind, IsABurstByThePlainRules) {
  Random random(22);
  int bursts = 0;
  for (int run = 0; run < 1000; ++run) {
    const auto up_to = [&](double most) { return most * random.uniform(); };
    const int usual = 150 + static_cast<int>(random.uniform() < 0.1 ? up_to(4500) : up_to(400));
    const int start = static_cast<int>(up_to(std::min(0.3 * usual, 600.0)));
    const int length = 5 + static_cast<int>(up_to(190));
    const double first = up_to(1);
    const double before = up_to(0.3);
    const double height = 0.25 + up_to(0.5);
    const double end = before + (random.uniform() < 0.5 ? height * (0.6 + up_to(0.4)) : height);
    const double after = before + (random.uniform() < 0.5 ? up_to(0.3 * height) : 0);
    const double rising = random.uniform() < 0.5 ? up_to(0.3 * height) : 0;
    const double noise = up_to(0.1);
    const int alarm = usual - 150 + static_cast<int>(up_to(450));
    DriftKindEstimate kind;
    PlainKind plain;
    for (int i = 0; i < usual + length + 500; ++i) {
      const double level = i < start ? first : (i < usual - 60 ? before : (i < usual ? before + rising : before + height));
      const double plateau = i < usual + length - 20 ? level : end;
      const double error = std::max(0.0, (i < usual + length ? plateau : after) + (i % 2 == 0 ? noise : -noise) * random.uniform());
      kind.observe(error);
      plain.observe(error);
      if (i == alarm) {
        kind.begin();
        plain.begin();
      }
      ASSERT_EQ(kind.kind() == DriftKind::burst, plain.burst()) << run << " at " << i;
    }
    bursts += plain.burst() ? 1 : 0;
  }
  EXPECT_GT(bursts, 100);
}

}  // namespace
}  // namespace rekindle
