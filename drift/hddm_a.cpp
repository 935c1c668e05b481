#include <algorithm>
#include <cmath>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct HddmAOptions {
  double drift_confidence;
  double warning_confidence;
  bool two_sided;
};

struct HddmAState {
  RunningMean all;
  RunningMean low;   // `all` where its upper bound was lowest: the cut a rise is measured from.
  RunningMean high;  // Where its lower bound was highest.
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.all.n, s.all.mean, s.low.n, s.low.mean, s.high.n, s.high.mean, s.pressure, s.fired);
  }
};

// Follows River: the bounds that choose the cuts use the drift confidence only.
class HddmA final : public NumberDetector<HddmAState> {
 public:
  explicit HddmA(const HddmAOptions& options)
      : cut_(std::log(1.0 / options.drift_confidence)),
        drift_(std::log(2.0 / options.drift_confidence)),
        warning_(std::log(2.0 / options.warning_confidence)),
        two_sided_(options.two_sided) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.all.observe(value);
    if (s.low.n == 0) s.low = s.high = s.all;
    const double bound = hoeffding(s.all.n);
    if (s.low.mean + hoeffding(s.low.n) >= s.all.mean + bound) s.low = s.all;
    if (s.high.mean - hoeffding(s.high.n) <= s.all.mean - bound) s.high = s.all;
    const double rise = s.all.mean - s.low.mean;
    const double up = distance(s.low, rise);
    const double fall = s.high.mean - s.all.mean;
    const double down = two_sided_ ? distance(s.high, fall) : 0;
    s.pressure = std::max(0.0, std::max(up, down));
    s.fired = reached(s.low, rise, drift_) || (two_sided_ && reached(s.high, fall, drift_));
    const bool warned = !s.fired && (reached(s.low, rise, warning_) || (two_sided_ && reached(s.high, fall, warning_)));
    if (!s.fired && !warned) return {};
    const auto& cut = up >= down ? s.low : s.high;
    return {s.fired ? DriftLevel::drift : DriftLevel::warning,
            up >= down ? rise : fall,
            cut.mean,
            mean_since(cut, s.all),
            cut.n,
            s.all.n - cut.n};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  [[nodiscard]] double hoeffding(double n) const { return std::sqrt(1.0 / (2 * n) * cut_); }
  [[nodiscard]] double share(const RunningMean& cut) const { return (state_.all.n - cut.n) / cut.n * (1.0 / state_.all.n) / 2; }
  [[nodiscard]] bool reached(const RunningMean& cut, double change, double confidence) const {
    return cut.n != state_.all.n && change >= std::sqrt(share(cut) * confidence);
  }
  // The change over what a drift needs.
  [[nodiscard]] double distance(const RunningMean& cut, double change) const {
    return cut.n == state_.all.n ? 0 : change / std::sqrt(share(cut) * drift_);
  }

  double cut_;
  double drift_;
  double warning_;
  bool two_sided_;
};

}  // namespace

DetectorRow hddm_a_row() {
  return {"hddm_a",
          "mean against its best past, by Hoeffding's bound (Frias-Blanco and others 2015)",
          {real("drift_confidence", 0.001).above(0).below(1).means("error probability of a drift"),
           real("warning_confidence", 0.005).above(0).below(1).means("error probability of a warning"),
           boolean("two_sided_test", false).means("also for falls")},
          {DetectorInput::zero_one, [](const Parameters& p) {
             return std::make_unique<HddmA>(
                 HddmAOptions{p.real("drift_confidence"), p.real("warning_confidence"), p.boolean("two_sided_test")});
           }}};
}

}  // namespace rekindle
