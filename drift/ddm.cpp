#include <cmath>
#include <limits>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct DdmOptions {
  double warm_start;
  double warning_threshold;
  double drift_threshold;
};

struct DdmState {
  RunningMean error;
  double p_min = std::numeric_limits<double>::infinity();  // The error rate and its deviation where their sum was least.
  double s_min = std::numeric_limits<double>::infinity();
  RunningMean at_min;
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.error.n, s.error.mean, s.p_min, s.s_min, s.at_min.n, s.at_min.mean, s.pressure, s.fired);
  }
};

// Follows River: strict comparisons, the minimum is taken with <=, no warning beside a drift.
class Ddm final : public NumberDetector<DdmState> {
 public:
  explicit Ddm(const DdmOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.error.observe(value);
    if (s.error.n <= options_.warm_start) return {};
    const double p = s.error.mean;
    const double deviation = std::sqrt(p * (1 - p) / s.error.n);
    const double sum = p + deviation;
    if (sum <= s.p_min + s.s_min) {
      s.p_min = p;
      s.s_min = deviation;
      s.at_min = s.error;
    }
    const double excess = sum - s.p_min;
    s.pressure = excess > 0 && s.s_min > 0 ? excess / (options_.drift_threshold * s.s_min) : 0;
    s.fired = sum > s.p_min + options_.drift_threshold * s.s_min;
    const bool warning = sum > s.p_min + options_.warning_threshold * s.s_min;
    if (!s.fired && !warning) return {};
    return {s.fired ? DriftLevel::drift : DriftLevel::warning, sum, s.p_min, mean_since(s.at_min, s.error)};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  DdmOptions options_;
};

}  // namespace

DetectorRow ddm_row() {
  return {"ddm",
          "error rate against its lowest, in standard deviations (Gama and others 2004)",
          {integer("warm_start", 30).at_least(0).means("values before the first look"),
           real("warning_threshold", 2).at_least(0).means("deviations above the lowest for a warning"),
           real("drift_threshold", 3).at_least(0).means("deviations above the lowest for a drift")},
          {DetectorInput::zero_one, [](const Parameters& p) {
             return std::make_unique<Ddm>(
                 DdmOptions{static_cast<double>(p.integer("warm_start")), p.real("warning_threshold"), p.real("drift_threshold")});
           }}};
}

}  // namespace rekindle
