#include <algorithm>
#include <cmath>
#include <limits>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct HddmWOptions {
  double drift_confidence;
  double warning_confidence;
  double lambda;
  bool two_sided;
};

// An exponentially weighted mean with the sum of its squared weights (River: the independent bounded condition).
struct WeightedMean {
  double mean = 0;
  double weights = 1;
  bool begun = false;
};

struct HddmWState {
  WeightedMean all;
  double low_cut = std::numeric_limits<double>::infinity();    // Lowest upper bound so far.
  double high_cut = -std::numeric_limits<double>::infinity();  // Highest lower bound.
  WeightedMean before_rise;                                    // Up to the low cut, and since then.
  WeightedMean after_rise;
  WeightedMean before_fall;
  WeightedMean after_fall;
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    const auto mean = [](auto& m) { return std::tie(m.mean, m.weights, m.begun); };
    return std::tuple_cat(std::tie(s.all.mean, s.all.weights, s.low_cut, s.high_cut, s.all.begun), mean(s.before_rise), mean(s.after_rise),
                          mean(s.before_fall), mean(s.after_fall), std::tie(s.pressure, s.fired));
  }
};

// Follows River: the bounds that choose the cuts use the drift confidence only.
class HddmW final : public NumberDetector<HddmWState> {
 public:
  explicit HddmW(const HddmWOptions& options)
      : lambda_(options.lambda),
        drift_(std::log(1 / options.drift_confidence)),
        warning_(std::log(1 / options.warning_confidence)),
        two_sided_(options.two_sided) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    add(s.all, value);
    const double bound = std::sqrt(s.all.weights * drift_ / 2);
    if (s.all.mean + bound < s.low_cut) {
      s.low_cut = s.all.mean + bound;
      s.before_rise = s.all;
      s.after_rise = {};
    } else {
      add(s.after_rise, value);
    }
    if (s.all.mean - bound > s.high_cut) {
      s.high_cut = s.all.mean - bound;
      s.before_fall = s.all;
      s.after_fall = {};
    } else {
      add(s.after_fall, value);
    }
    return judge();
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  struct Side {
    double change = 0;
    double squared_weights = 0;
    bool known = false;
    [[nodiscard]] bool over(double confidence) const { return known && change > std::sqrt(squared_weights * confidence / 2); }
  };

  void add(WeightedMean& mean, double value) const {
    // River 0.23, whose indices we follow, begins anew where the mean is zero; 0.26 and MOA do not, which seldom shows.
    mean.mean = mean.mean == 0 ? value : lambda_ * value + (1 - lambda_) * mean.mean;
    mean.weights = lambda_ * lambda_ + (1 - lambda_) * (1 - lambda_) * mean.weights;
    mean.begun = true;
  }
  static Side side(const WeightedMean& low, const WeightedMean& high) {
    return {high.mean - low.mean, low.weights + high.weights, low.begun && high.begun};
  }
  [[nodiscard]] double nearness(const Side& side) const {
    return side.known ? std::max(0.0, side.change) / std::sqrt(side.squared_weights * drift_ / 2) : 0;
  }

  DriftSignal judge() {
    auto& s = state_;
    const Side rise = side(s.before_rise, s.after_rise);
    const Side fall = two_sided_ ? side(s.after_fall, s.before_fall) : Side{};
    const double up = nearness(rise);
    const double down = nearness(fall);
    s.pressure = std::max(up, down);
    s.fired = rise.over(drift_) || fall.over(drift_);
    if (!s.fired && !rise.over(warning_) && !fall.over(warning_)) return {};
    const auto level = s.fired ? DriftLevel::drift : DriftLevel::warning;
    if (up >= down) return {level, rise.change, s.before_rise.mean, s.after_rise.mean};
    return {level, fall.change, s.before_fall.mean, s.after_fall.mean};
  }

  double lambda_;
  double drift_;
  double warning_;
  bool two_sided_;
};

}  // namespace

DetectorRow hddm_w_row() {
  return {"hddm_w",
          "weighted mean against its best past, by McDiarmid's bound (Frias-Blanco and others 2015)",
          {real("drift_confidence", 0.001).above(0).below(1).means("error probability of a drift"),
           real("warning_confidence", 0.005).above(0).below(1).means("error probability of a warning"),
           real("lambda_val", 0.05).above(0).at_most(1).means("weight of the newest value"),
           boolean("two_sided_test", false).means("also for falls")},
          {DetectorInput::zero_one, [](const Parameters& p) {
             return std::make_unique<HddmW>(
                 HddmWOptions{p.real("drift_confidence"), p.real("warning_confidence"), p.real("lambda_val"), p.boolean("two_sided_test")});
           }}};
}

}  // namespace rekindle
