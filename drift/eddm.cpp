#include <algorithm>
#include <cmath>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct EddmOptions {
  double warm_start;
  double alpha;
  double beta;
};

struct EddmState {
  double n = 0;
  RunningMean distance;  // Between two errors; `distance.n` is the number of errors.
  double squares = 0;    // Sum of the distances' squared deviations.
  double largest = -1;   // Of mean + 2 deviations.
  double last_error = 0;
  RunningMean at_largest;  // Error rate when it was largest.
  double pressure = 0;
  bool warned = false;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.n, s.distance.n, s.distance.mean, s.squares, s.largest, s.last_error, s.at_largest.n, s.at_largest.mean, s.pressure,
                    s.warned, s.fired);
  }
};

// Follows River: nothing changes between errors, and a warning stays up until an error takes it down.
class Eddm final : public NumberDetector<EddmState> {
 public:
  explicit Eddm(const EddmOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    s.n += 1;
    if (value == 1) error();
    if (!s.fired && !s.warned) return {};
    // Shorter distances are a rise, also where the deviation alone has shrunk.
    const double after = std::max(s.at_largest.mean, mean_since(s.at_largest, {s.n, s.distance.n / s.n}));
    return {s.fired ? DriftLevel::drift : DriftLevel::warning, s.pressure, s.at_largest.mean, after};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  void error() {
    auto& s = state_;
    const double distance = s.n - s.last_error;
    const double before = s.distance.mean;
    s.distance.observe(distance);
    s.squares += (distance - before) * (distance - s.distance.mean);
    s.last_error = s.n;
    if (s.n <= options_.warm_start) return;
    const double variance = s.distance.n > 1 ? s.squares / (s.distance.n - 1) : 0;
    const double now = s.distance.mean + 2 * std::sqrt(variance);
    if (now > s.largest) {
      s.largest = now;
      s.at_largest = {s.n, s.distance.n / s.n};
      return;
    }
    if (s.distance.n <= options_.warm_start) return;
    const double level = now / s.largest;
    s.pressure = options_.beta < 1 ? (1 - level) / (1 - options_.beta) : 1;
    s.fired = level < options_.beta;
    if (!s.fired) s.warned = level < options_.alpha;
  }

  EddmOptions options_;
};

}  // namespace

DetectorRow eddm_row() {
  return {"eddm",
          "distance between two errors against its largest (Baena-Garcia and others 2006)",
          {integer("warm_start", 30).at_least(0).means("values and errors before the first look"),
           real("alpha", 0.95).above(0).at_most(1).means("share of the largest below which it warns"),
           real("beta", 0.9).above(0).at_most(1).means("share of the largest below which it fires; at most alpha")},
          {DetectorInput::zero_one,
           [](const Parameters& p) {
             return std::make_unique<Eddm>(EddmOptions{static_cast<double>(p.integer("warm_start")), p.real("alpha"), p.real("beta")});
           }},
          [](const Parameters& p) -> std::string { return p.real("alpha") < p.real("beta") ? "alpha must be at least beta" : ""; }};
}

}  // namespace rekindle
