#include <algorithm>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct GmaOptions {
  double alpha;
  double lambda;
  double min_num_instances;
};

// Follows frouros: one-sided, deviations from the mean so far, renewed at the value after a drift.
struct GmaState {
  double n = 0;
  double mean = 0;
  double average = 0;  // Of the deviations.
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.n, s.mean, s.average, s.pressure, s.fired);
  }
};

class Gma final : public NumberDetector<GmaState> {
 public:
  explicit Gma(const GmaOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.n += 1;
    s.mean += (value - s.mean) / s.n;
    s.average = options_.alpha * s.average + (1 - options_.alpha) * (value - s.mean);
    if (s.n < options_.min_num_instances) return {};
    s.pressure = std::max(0.0, s.average) / options_.lambda;
    s.fired = s.average > options_.lambda;
    if (!s.fired) return {};
    return {DriftLevel::drift, s.average, s.mean, s.mean + s.average};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  GmaOptions options_;
};

}  // namespace

DetectorRow gma_row() {
  return {
      "gma",
      "geometric moving average of the deviations from the mean (Roberts 1959)",
      {real("alpha", 0.99).at_least(0).below(1).means("fading of the average, a value"),
       real("lambda", 0.1).above(0).means("average at which it fires"),
       integer("min_num_instances", 30).at_least(1).means("values before the first look")},
      {DetectorInput::any, [](const Parameters& p) {
         return std::make_unique<Gma>(GmaOptions{p.real("alpha"), p.real("lambda"), static_cast<double>(p.integer("min_num_instances"))});
       }}};
}

}  // namespace rekindle
