#include "drift/adwin.hpp"

#include <algorithm>
#include <cmath>

#include "drift/rows.hpp"

namespace rekindle {

namespace {

constexpr std::size_t most_rows = 50;  // 2^50 values: more than any stream has.

// What joining two groups adds to the sum of squared deviations.
double between(double n1, double sum1, double n2, double sum2) {
  const double difference = sum1 / n1 - sum2 / n2;
  return n1 * n2 * difference * difference / (n1 + n2);
}

// Says by products alone that a cut's difference is surely below a share of its bound, so that nearly all cuts of a long window go
// without their five divisions and a root. Where it says so the exact values would change nothing.
//
// With M = n0 - shortest + 1, N = n1 - shortest + 1 and Q = M N, m is (M + N) / Q; the bound is a sum of two numbers that are not negative,
// and so its square is at least 2 m v c + (2/3 c m)^2, which is (2 v c (M + N) Q + (2/3 c (M + N))^2) / Q^2; the difference of the means is
// |sum0 width - total n0| / (n0 n1).
class FarCuts {
 public:
  FarCuts(double width, double total, double shortest, double confidence, double variance)
      : width_(width),
        total_(total),
        less_(shortest - 1),
        // Products of numbers this small could vanish.
        slope_(variance > 1e-200 ? 2 * variance * confidence * (width - 2 * less_) : 0),
        offset_(slope_ > 0 ? square(2.0 / 3.0 * confidence * (width - 2 * less_)) : 0) {}

  // Of a cut that matters: it raises the pressure, or it is over the bound. Squared; the margin is far more than what is lost to rounding.
  static double threshold(double pressure) { return square(std::min(pressure, 1.0) * (1 - 1e-9)); }

  [[nodiscard]] bool below(double n0, double n1, double sum0, double threshold) const {
    const double before = sum0 * width_;
    const double all = total_ * n0;
    const double difference = std::abs(before - all) + 1e-14 * (std::abs(before) + std::abs(all));
    const double q = (n0 - less_) * (n1 - less_);
    return square(difference * q) < threshold * square(n0 * n1) * (slope_ * q + offset_);
  }

 private:
  static double square(double x) { return x * x; }

  double width_;
  double total_;
  double less_;
  double slope_;
  double offset_;
};

double size_of(std::size_t row) { return static_cast<double>(std::uint64_t{1} << row); }

// `between` for two buckets of a row: their size is a power of two, by which a product rounds as the quotient does.
double between_two(std::size_t row, double sum1, double sum2) {
  const double size = size_of(row);
  const double share = 1 / size;
  const double difference = sum1 * share - sum2 * share;
  return size * size * difference * difference * (share / 2);
}

}  // namespace

Adwin::Adwin(const AdwinOptions& options)
    : options_(options),
      capacity_(static_cast<std::uint32_t>(options.max_buckets) + 1),
      buckets_(most_rows * std::size_t{capacity_}),
      rows_(most_rows) {
  reset();
}

void Adwin::reset() {
  std::ranges::fill(rows_, Row{});
  used_rows_ = 1;
  width_ = total_ = deviations_ = pressure_ = 0;
  ticks_ = 0;
  next_look_ = static_cast<std::uint64_t>(options_.clock);
  renew_ = false;
}

DriftSignal Adwin::observe(double value) {
  if (renew_) reset();
  insert(value);
  if (++ticks_ != next_look_) return {};
  next_look_ += static_cast<std::uint64_t>(options_.clock);
  return width_ <= static_cast<double>(options_.grace_period) ? DriftSignal{} : shrink();
}

// As long as two sides of the window differ.
DriftSignal Adwin::shrink() {
  DriftSignal signal;
  for (Cut cut = look(); cut.found; cut = find_cut(0)) {
    const bool first = signal.level == DriftLevel::stable;
    const double statistic = std::abs(cut.mean_after - cut.mean_before);
    if (first) signal = {DriftLevel::drift, statistic, cut.mean_before, cut.mean_after, cut.values_before, cut.values_after};
    drop_oldest();
  }
  renew_ = signal.level == DriftLevel::drift && !options_.keep_newest;
  return signal;
}

void Adwin::insert(double value) {
  if (width_ > 0) deviations_ += between(width_, total_, 1, value);
  width_ += 1;
  total_ += value;
  append(0, {value, 0});
  if (rows_[0].count == capacity_) compress();
}

void Adwin::append(std::size_t r, const Bucket& bucket) {
  ++rows_[r].count;
  at(r, rows_[r].count - 1) = bucket;
}

void Adwin::pop_oldest(std::size_t r, std::uint32_t count) {
  rows_[r].first = wrapped(rows_[r].first + count);
  rows_[r].count -= count;
}

// A full row hands its two oldest buckets, merged, to the next one.
void Adwin::compress() {
  for (std::size_t r = 0; rows_[r].count == capacity_; ++r) {
    const Bucket& first = at(r, 0);
    const Bucket& second = at(r, 1);
    append(r + 1, {first.sum + second.sum, first.deviations + second.deviations + between_two(r, first.sum, second.sum)});
    pop_oldest(r, 2);
    used_rows_ = std::max(used_rows_, r + 2);
  }
}

void Adwin::drop_oldest() {
  const std::size_t r = used_rows_ - 1;
  const double size = size_of(r);
  const Bucket dropped = at(r, 0);
  width_ -= size;
  total_ -= dropped.sum;
  deviations_ = std::max(0.0, deviations_ - dropped.deviations - between(size, dropped.sum, width_, total_));
  pop_oldest(r, 1);
  while (used_rows_ > 1 && rows_[used_rows_ - 1].count == 0) --used_rows_;
}

// The pressure is seldom much lower than at the last look, so only cuts that may come near it are worked out; all, where none did.
Adwin::Cut Adwin::look() {
  const double expected = 0.9 * std::min(pressure_, 1.0);
  pressure_ = 0;
  const Cut cut = find_cut(expected);
  return cut.found || pressure_ >= expected ? cut : find_cut(0);
}

// Cuts from the oldest bucket on, without the one after the newest. The first that is too far apart is taken. Cuts whose pressure is below
// `least_pressure` need not count for it.
Adwin::Cut Adwin::find_cut(double least_pressure) {
  const auto shortest = static_cast<double>(options_.min_window_length);
  const double confidence = std::log(2 * std::log(width_) / options_.delta);
  const double variance = deviations_ / width_;
  const FarCuts far(width_, total_, shortest, confidence, variance);
  double least = FarCuts::threshold(std::max(pressure_, least_pressure));
  double n0 = 0;
  double sum0 = 0;
  for (std::size_t r = used_rows_; r-- > 0;) {
    const double size = size_of(r);
    for (std::uint32_t b = 0; b < rows_[r].count; ++b) {
      n0 += size;
      sum0 += at(r, b).sum;
      const double n1 = width_ - n0;
      if (n1 < shortest || n1 <= 0) return {};
      if (n0 < shortest || far.below(n0, n1, sum0, least)) continue;
      const double mean0 = sum0 / n0;
      const double mean1 = (total_ - sum0) / n1;
      const double m = 1 / (n0 - shortest + 1) + 1 / (n1 - shortest + 1);
      const double bound = std::sqrt(2 * m * variance * confidence) + 2.0 / 3.0 * confidence * m;
      const double difference = std::abs(mean0 - mean1);
      pressure_ = std::max(pressure_, difference / bound);
      if (difference > bound) return {true, mean0, mean1, n0, n1};
      least = FarCuts::threshold(std::max(pressure_, least_pressure));
    }
  }
  return {};
}

void Adwin::save(ByteWriter& out) const {
  out.put(width_);
  out.put(total_);
  out.put(deviations_);
  out.put(ticks_);
  out.put(pressure_);
  out.put(renew_);
  out.put<std::uint64_t>(used_rows_);
  for (std::size_t r = 0; r < used_rows_; ++r) {
    out.put(rows_[r].count);
    for (std::uint32_t b = 0; b < rows_[r].count; ++b) {
      out.put(at(r, b).sum);
      out.put(at(r, b).deviations);
    }
  }
}

void Adwin::load(ByteReader& in) {
  reset();
  in.get_into(width_);
  in.get_into(total_);
  in.get_into(deviations_);
  in.get_into(ticks_);
  next_look_ = ticks_ - ticks_ % static_cast<std::uint64_t>(options_.clock) + static_cast<std::uint64_t>(options_.clock);
  in.get_into(pressure_);
  renew_ = in.get<std::uint8_t>() != 0;
  const auto rows = in.get<std::uint64_t>();
  if (rows == 0 || rows > most_rows) return in.invalidate();
  used_rows_ = static_cast<std::size_t>(rows);
  std::ranges::fill(rows_, Row{});
  for (std::size_t r = 0; r < used_rows_; ++r) {
    in.get_into(rows_[r].count);
    if (rows_[r].count >= capacity_) return in.invalidate();
    for (std::uint32_t b = 0; b < rows_[r].count; ++b) {
      in.get_into(at(r, b).sum);
      in.get_into(at(r, b).deviations);
    }
  }
}

DetectorRow adwin_row() {
  return {"adwin",
          "adaptive window, cut where the means of its two sides differ too much (Bifet and Gavalda 2007)",
          {real("delta", 0.002).above(0).below(1).means("confidence; smaller means fewer alarms"),
           integer("clock", 32).at_least(1).means("values between two looks"),
           integer("max_buckets", 5).at_least(2).at_most(100).means("buckets of each size"),
           integer("min_window_length", 5).at_least(1).means("shortest side of a cut"),
           integer("grace_period", 10).at_least(1).means("values before the first look"),
           choice("after_drift", {"reset", "keep_newest"}, "reset").means("start anew (River), or keep the newer side (MOA)")},
          {DetectorInput::any, [](const Parameters& p) {
             return std::make_unique<Adwin>(AdwinOptions{p.real("delta"), p.integer("clock"), p.integer("max_buckets"),
                                                         p.integer("min_window_length"), p.integer("grace_period"),
                                                         p.string("after_drift") == "keep_newest"});
           }}};
}

}  // namespace rekindle
