// ThinnedSeries: a curve of any length in bounded memory. Of each stretch of samples it keeps the lowest and the highest value, so
// that no peak gets lost.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rekindle {

class ThinnedSeries {
 public:
  struct Point {
    std::uint64_t at = 0;
    double value = 0;
    bool operator==(const Point&) const = default;
  };

  explicit ThinnedSeries(std::size_t most_points = 2000) : most_stretches_(most_points / 2) {}

  // `at` ascends. What is not finite leaves a gap in the data, not in the drawing.
  void observe(std::uint64_t at, double value) {
    if (!std::isfinite(value)) return;
    if (stretches_.empty() || at >= end_) begin_stretch(at);
    auto& now = stretches_.back();
    if (value < now.low.value) now.low = {at, value};
    if (value > now.high.value) now.high = {at, value};
    last_ = {at, value};
  }

  // Ascending; the last one seen is always there.
  [[nodiscard]] std::vector<Point> points() const;

 private:
  struct Stretch {
    std::uint64_t number = 0;
    Point low{0, std::numeric_limits<double>::infinity()};
    Point high{0, -std::numeric_limits<double>::infinity()};
  };
  void begin_stretch(std::uint64_t at);
  void merge_pairs();

  std::size_t most_stretches_;
  std::uint64_t width_ = 1;  // Of a stretch, in samples.
  std::uint64_t end_ = 0;    // Of the newest.
  std::vector<Stretch> stretches_;
  Point last_;
};

}  // namespace rekindle
