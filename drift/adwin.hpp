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
  Bucket* row(std::size_t r) { return buckets_.data() + r * capacity_; }
  [[nodiscard]] const Bucket* row(std::size_t r) const { return buckets_.data() + r * capacity_; }
  void insert(double value);
  void compress();
  void drop_oldest();
  [[nodiscard]] Cut find_cut();

  AdwinOptions options_;
  std::size_t capacity_;
  std::vector<Bucket> buckets_;
  std::vector<std::uint32_t> counts_;  // Buckets in each row.
  std::size_t rows_ = 1;
  double width_ = 0;
  double total_ = 0;
  double deviations_ = 0;
  std::uint64_t ticks_ = 0;
  double pressure_ = 0;
  bool renew_ = false;  // River: the detector is new at the value after a drift.
};

}  // namespace rekindle
