// ADWIN (Bifet and Gavalda 2007): a window of adaptive length that is cut where its two sides' means differ too much.
#pragma once

#include <vector>

#include "drift/detector.hpp"

namespace rekindle {

struct AdwinOptions {
  double delta = 0.002;          // Confidence: the smaller, the fewer alarms.
  std::int64_t clock = 32;       // Cuts are looked for at every clock-th value.
  std::int64_t max_buckets = 5;  // Of each size.
  std::int64_t min_window_length = 5;
  std::int64_t grace_period = 10;
  bool keep_newest = false;  // After a drift: keep what is left of the window (MOA), or start anew (River).
};

// Exponential histogram: row r holds up to max_buckets buckets of 2^r values, oldest first. All memory is taken at
// construction. Follows River and MOA index by index, by `keep_newest`.
class Adwin final : public DriftDetector {
 public:
  explicit Adwin(const AdwinOptions& options);

  [[nodiscard]] DriftSignal observe(double value) override;
  [[nodiscard]] double pressure() const override { return pressure_; }
  void reset() override;
  void save(ByteWriter& out) const override;
  void load(ByteReader& in) override;

  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] double squared_deviations() const { return deviations_; }  // Sum over the window.

 private:
  struct Bucket {
    double sum = 0;
    double deviations = 0;
  };
  struct Cut {
    bool found = false;
    double mean_before = 0;
    double mean_after = 0;
    double values_before = 0;
    double values_after = 0;
  };
  // A ring of `capacity_` buckets.
  struct Row {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  [[nodiscard]] std::uint32_t wrapped(std::uint32_t i) const { return i < capacity_ ? i : i - capacity_; }
  [[nodiscard]] Bucket& at(std::size_t r, std::uint32_t i) { return buckets_[r * capacity_ + wrapped(rows_[r].first + i)]; }
  [[nodiscard]] const Bucket& at(std::size_t r, std::uint32_t i) const { return buckets_[r * capacity_ + wrapped(rows_[r].first + i)]; }
  void append(std::size_t r, const Bucket& bucket);
  void pop_oldest(std::size_t r, std::uint32_t count);
  void insert(double value);
  void compress();
  void drop_oldest();
  [[nodiscard]] DriftSignal shrink();
  [[nodiscard]] Cut look();
  [[nodiscard]] Cut find_cut(double least_pressure);

  AdwinOptions options_;
  std::uint32_t capacity_;
  std::vector<Bucket> buckets_;
  std::vector<Row> rows_;
  std::size_t used_rows_ = 1;
  double width_ = 0;
  double total_ = 0;
  double deviations_ = 0;
  std::uint64_t ticks_ = 0;
  std::uint64_t next_look_ = 0;  // The tick.
  double pressure_ = 0;
  bool renew_ = false;  // River: the detector is new at the value after a drift.
};

}  // namespace rekindle
