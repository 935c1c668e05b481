#include "drift/kind.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace rekindle {

namespace {

constexpr std::uint64_t guess_every = 5;  // Blocks.
constexpr std::uint64_t guesses = 40;
constexpr std::uint64_t looked_back = 300;   // Blocks before the alarm that may belong to the rise or to what was usual.
constexpr std::uint64_t longest_burst = 15;  // Blocks.
constexpr std::uint64_t quiet = 5;           // Blocks after a burst that show it is over.
constexpr std::size_t coarse = 5;            // Blocks in one point of a fit.
constexpr std::size_t most_points = 80;
constexpr std::size_t shortest_ramp = 4;  // Points; 200 samples.

struct Fit {
  double error = std::numeric_limits<double>::infinity();  // Sum of squares.
  double rise = 0;
};

// The points of a curve, and sums over them from the first on: a fit costs the same whatever its length. All the fits of a guess would
// otherwise cost as much as learning some hundred samples.
class Curve {
 public:
  explicit Curve(std::span<const double> y) : size_(y.size()) {
    for (std::size_t i = 0; i < size_; ++i) {
      sums_[i + 1] = sums_[i] + y[i];
      moments_[i + 1] = moments_[i] + static_cast<double>(i) * y[i];
      squares_ += y[i] * y[i];
    }
  }

  // The best of all ramps of `shortest` to `longest` points.
  [[nodiscard]] Fit best_fit(std::size_t shortest, std::size_t longest) const {
    Fit best;
    for (std::size_t length = shortest; length <= longest; length += length < shortest_ramp ? 1 : 2) {
      for (std::size_t from = 0; from + length <= size_; ++from) {
        const auto one = fit(from, length);
        if (one.rise > 0 && one.error < best.error) best = one;
      }
    }
    return best;
  }

 private:
  // Least squares of y = level + rise * x(i), x(i) = min(1, max(0, (i - from + 1/2) / length)); a step where the length is 0.
  [[nodiscard]] Fit fit(std::size_t from, std::size_t length) const {
    const auto n = static_cast<double>(size_);
    const auto ramp = static_cast<double>(length);
    const auto end = from + length;
    const double ones = n - static_cast<double>(end);
    double xs = ones;
    double xx = ones;
    double xy = sums_[size_] - sums_[end];
    if (length != 0) {
      xs += ramp / 2;
      xx += (4 * ramp * ramp - 1) / (12 * ramp);
      xy += (moments_[end] - moments_[from] - (static_cast<double>(from) - 0.5) * (sums_[end] - sums_[from])) / ramp;
    }
    const double ys = sums_[size_];
    const double spread = xx - xs * xs / n;
    if (spread <= 0) return {};
    const double shared = xy - xs * ys / n;
    return {squares_ - ys * ys / n - shared * shared / spread, shared / spread};
  }

  std::size_t size_;
  std::array<double, most_points + 1> sums_{};
  std::array<double, most_points + 1> moments_{};
  double squares_ = 0;
};

}  // namespace

void DriftKindEstimate::observe(double error) {
  sum_ += error;
  if (++in_block_ < block) return;
  means_[complete_ % blocks] = sum_ / static_cast<double>(block);
  ++complete_;
  sum_ = 0;
  in_block_ = 0;
  if (left_ == 0 || (complete_ - began_) % guess_every != 0) return;
  --left_;
  guess();
}

void DriftKindEstimate::begin() {
  began_ = complete_;
  left_ = guesses;
  kind_ = DriftKind::abrupt;
  guess();
}

double DriftKindEstimate::mean(std::uint64_t first, std::uint64_t end) const {
  double sum = 0;
  for (auto i = first; i < end; ++i) sum += at(i);
  return sum / static_cast<double>(end - first);
}

void DriftKindEstimate::guess() {
  const std::uint64_t kept = complete_ > blocks ? complete_ - blocks : 0;
  const std::uint64_t first = std::max(kept, began_ > looked_back ? began_ - looked_back : 0);
  // What was usual: before anything of this can have begun.
  const std::uint64_t usual_end = began_ > first + 2 * longest_burst ? began_ - 2 * longest_burst : began_;
  if (usual_end <= first) return;
  if (kind_ == DriftKind::burst) return;  // It is over; what comes later is another story.
  if (is_burst(mean(first, usual_end))) {
    kind_ = DriftKind::burst;
  } else {
    kind_ = is_gradual() ? DriftKind::gradual : DriftKind::abrupt;
  }
}

// Looks for a short plateau around the alarm, with sharp sides and a few quiet blocks after it.
bool DriftKindEstimate::is_burst(double usual) const {
  if (complete_ - began_ > 2 * longest_burst) return false;
  const std::uint64_t from = began_ > 2 * longest_burst ? began_ - 2 * longest_burst : 0;
  double highest = 0;
  for (auto i = from; i < complete_; ++i) highest = std::max(highest, at(i));
  const double half = usual + 0.5 * (highest - usual);
  std::uint64_t begin = from;
  while (begin < complete_ && at(begin) <= half) ++begin;
  std::uint64_t end = complete_;
  while (end > begin && at(end - 1) <= half) --end;
  if (end - begin < 2 || end - begin > longest_burst || complete_ - end < quiet || begin < from + quiet) return false;
  const double height = mean(begin, end) - usual;
  // The blocks beside it are mixtures and may be on either side. A learner that adapts would still be falling, and a slow
  // drift would already have been rising.
  return height > 0.3 && mean(end - 2, end) > usual + 0.8 * height && mean(end + 1, end + quiet) < usual + 0.15 * height &&
         mean(begin - quiet, begin - 1) < usual + 0.2 * height && mean(end + 1, complete_) < usual + 0.25 * height;
}

// Up to the highest point only: behind it the learner's adaptation bends the curve.
bool DriftKindEstimate::is_gradual() const {
  const std::uint64_t kept = complete_ > blocks ? complete_ - blocks : 0;
  const std::uint64_t first = std::max(kept, began_ > looked_back ? began_ - looked_back : 0);
  std::array<double, most_points> points{};
  const std::size_t count = std::min<std::size_t>(most_points, (complete_ - first) / coarse);
  if (count < 2 * shortest_ramp) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = complete_ - (count - 1 - i) * coarse;
    points[i] = mean(end - coarse, end);
  }
  // Highest mean of three points from around the alarm on.
  const std::size_t since = std::min(count, static_cast<std::size_t>((complete_ - began_) / coarse) + 2);
  std::size_t peak = count;
  double highest = -1;
  for (std::size_t end = count - since + 1; end <= count; ++end) {
    const std::size_t begin = end >= 3 ? end - 3 : 0;
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += points[i];
    if (sum / static_cast<double>(end - begin) > highest) {
      highest = sum / static_cast<double>(end - begin);
      peak = end;
    }
  }
  if (peak < 2 * shortest_ramp) return false;
  const Curve rise({points.data(), peak});
  // A step seldom falls between two points: one or two on the way are still a step.
  const auto step = rise.best_fit(0, 2);
  const auto ramp = rise.best_fit(shortest_ramp, peak);
  return ramp.error < 0.87 * step.error;
}

void DriftKindEstimate::save(ByteWriter& out) const {
  const std::uint64_t first = complete_ > blocks ? complete_ - blocks : 0;
  out.put(complete_);
  for (auto i = first; i < complete_; ++i) out.put(at(i));
  out.put(sum_);
  for (const auto count : {in_block_, began_, left_}) out.put(count);
  out.put(kind_);
}

void DriftKindEstimate::load(ByteReader& in) {
  in.get_into(complete_);
  means_.fill(0);
  const std::uint64_t first = complete_ > blocks ? complete_ - blocks : 0;
  for (auto i = first; i < complete_; ++i) means_[i % blocks] = in.get<double>();
  in.get_into(sum_);
  for (auto* count : {&in_block_, &began_, &left_}) in.get_into(*count);
  in.get_into(kind_);
  if (kind_ > DriftKind::burst || in_block_ >= block) in.invalidate();
}

}  // namespace rekindle
