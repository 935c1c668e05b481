#include <algorithm>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct CusumOptions {
  double delta;
  double lambda;
  double min_num_instances;
};

// Follows frouros: one-sided, deviations from the mean so far, renewed at the value after a drift.
struct CusumState {
  double n = 0;
  double mean = 0;
  double sum = 0;
  RunningMean at_zero;  // What had been seen when the sum was last zero: where the change seems to have begun.
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.n, s.mean, s.sum, s.at_zero.n, s.at_zero.mean, s.pressure, s.fired);
  }
};

class Cusum final : public NumberDetector<CusumState> {
 public:
  explicit Cusum(const CusumOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.n += 1;
    s.mean += (value - s.mean) / s.n;
    s.sum = std::max(0.0, s.sum + value - s.mean - options_.delta);
    if (s.sum == 0) s.at_zero = {s.n, s.mean};
    if (s.n < options_.min_num_instances) return {};
    s.pressure = s.sum / options_.lambda;
    s.fired = s.sum > options_.lambda;
    if (!s.fired) return {};
    return {DriftLevel::drift, s.sum, s.at_zero.mean, mean_since(s.at_zero, {s.n, s.mean}), s.at_zero.n, s.n - s.at_zero.n};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  CusumOptions options_;
};

}  // namespace

DetectorRow cusum_row() {
  return {
      "cusum",
      "cumulative sum of deviations above the mean, never below zero (Page 1954)",
      {real("delta", 0.005).at_least(0).means("deviation that is tolerated"), real("lambda", 50).above(0).means("sum at which it fires"),
       integer("min_num_instances", 30).at_least(1).means("values before the first look")},
      {DetectorInput::any, [](const Parameters& p) {
         return std::make_unique<Cusum>(
             CusumOptions{p.real("delta"), p.real("lambda"), static_cast<double>(p.integer("min_num_instances"))});
       }}};
}

}  // namespace rekindle
