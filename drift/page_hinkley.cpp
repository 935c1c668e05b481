#include <algorithm>
#include <limits>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct PageHinkleyOptions {
  double min_instances;
  double delta;
  double threshold;
  double alpha;
  bool up;
  bool down;
};

// The faded sum of deviations from the running mean, and how far it stands from its extreme. Follows River: the mean is a
// plain one, alpha fades the sums only, and the maximum of the falling side begins at -1.
struct PageHinkleyState {
  RunningMean all;
  double sum_up = 0;
  double min_up = std::numeric_limits<double>::infinity();
  double sum_down = 0;
  double max_down = -1;
  RunningMean at_min;  // `all` when the sums were at their extremes: where the change seems to have begun.
  RunningMean at_max;
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.all.n, s.all.mean, s.sum_up, s.min_up, s.sum_down, s.max_down, s.at_min.n, s.at_min.mean, s.at_max.n, s.at_max.mean,
                    s.pressure, s.fired);
  }
};

class PageHinkley final : public NumberDetector<PageHinkleyState> {
 public:
  explicit PageHinkley(const PageHinkleyOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.all.observe(value);
    const double deviation = value - s.all.mean;
    s.sum_up = options_.alpha * s.sum_up + deviation - options_.delta;
    s.sum_down = options_.alpha * s.sum_down + deviation + options_.delta;
    if (s.sum_up < s.min_up) {
      s.min_up = s.sum_up;
      s.at_min = s.all;
    }
    if (s.sum_down > s.max_down) {
      s.max_down = s.sum_down;
      s.at_max = s.all;
    }
    if (s.all.n < options_.min_instances) return {};
    const double up = options_.up ? s.sum_up - s.min_up : 0;
    const double down = options_.down ? s.max_down - s.sum_down : 0;
    const double statistic = std::max(up, down);
    s.pressure = statistic / options_.threshold;
    s.fired = statistic > options_.threshold;
    if (!s.fired) return {};
    const auto& begin = up > options_.threshold ? s.at_min : s.at_max;
    return {DriftLevel::drift, statistic, begin.mean, mean_since(begin, s.all), begin.n, s.all.n - begin.n};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  PageHinkleyOptions options_;
};

}  // namespace

DetectorRow page_hinkley_row() {
  return {
      "page_hinkley",
      "sum of deviations from the running mean, against its extreme (Page 1954)",
      {integer("min_instances", 30).at_least(1).means("values before the first look"),
       real("delta", 0.005).at_least(0).means("deviation that is tolerated"), real("threshold", 50).above(0).means("sum at which it fires"),
       real("alpha", 0.9999).above(0).at_most(1).means("fading of the sums, a value"),
       choice("mode", {"both", "up", "down"}, "both").means("which changes of the mean it looks for")},
      {DetectorInput::any, [](const Parameters& p) {
         const auto& mode = p.string("mode");
         return std::make_unique<PageHinkley>(PageHinkleyOptions{static_cast<double>(p.integer("min_instances")), p.real("delta"),
                                                                 p.real("threshold"), p.real("alpha"), mode != "down", mode != "up"});
       }}};
}

}  // namespace rekindle
