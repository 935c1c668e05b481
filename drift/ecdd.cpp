#include <algorithm>
#include <array>
#include <cmath>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

// Control limit for a false alarm every so many values, as a polynomial of the error rate p with terms 1, p, p^3, p^5, p^7
// (Ross and others 2012, table 1).
struct ControlLimit {
  std::int64_t average_run_length;
  std::array<double, 5> terms;
  [[nodiscard]] double at(double p) const {
    const double p2 = p * p;
    return terms[0] + p * (terms[1] + p2 * (terms[2] + p2 * (terms[3] + p2 * terms[4])));
  }
};
constexpr std::array<ControlLimit, 3> control_limits = {{{100, {2.76, -6.23, 18.12, -312.45, 1002.18}},
                                                         {400, {3.97, -6.56, 48.73, -330.13, 848.18}},
                                                         {1000, {1.17, 7.56, -21.24, 112.12, -987.23}}}};

const ControlLimit* control_limit(std::int64_t average_run_length) {
  const auto* found = std::ranges::find(control_limits, average_run_length, &ControlLimit::average_run_length);
  return found == control_limits.end() ? nullptr : found;
}

struct EcddOptions {
  double lambda;
  ControlLimit limit;
  double warning_level;
  double min_num_instances;
};

struct EcddState {
  double n = 0;
  double p = 0;      // Mean so far.
  double z = 0;      // Weighted mean.
  double faded = 1;  // (1 - lambda)^(2n)
  double pressure = 0;
  bool fired = false;
  template <class S>
  static auto fields(S& s) {
    return std::tie(s.n, s.p, s.z, s.faded, s.pressure, s.fired);
  }
};

// Follows frouros' ECDD-WT; renewed at the value after a drift.
class Ecdd final : public NumberDetector<EcddState> {
 public:
  explicit Ecdd(const EcddOptions& options) : options_(options) {}

  DriftSignal observe(double value) override {
    if (state_.fired) reset();
    auto& s = state_;
    const double lambda = options_.lambda;
    s.n += 1;
    s.p += (value - s.p) / s.n;
    s.z = lambda * value + (1 - lambda) * s.z;
    s.faded *= (1 - lambda) * (1 - lambda);
    if (s.n < options_.min_num_instances) return {};
    const double deviation = std::sqrt(lambda / (2 - lambda) * (1 - s.faded) * (s.p * (1 - s.p)));
    const double allowed = options_.limit.at(s.p) * deviation;
    s.pressure = allowed > 0 ? std::max(0.0, (s.z - s.p) / allowed) : 0;
    s.fired = s.z > s.p + allowed;
    if (!s.fired && !(s.z > s.p + options_.warning_level * allowed)) return {};
    return {s.fired ? DriftLevel::drift : DriftLevel::warning, s.z, s.p, s.z};
  }
  [[nodiscard]] double pressure() const override { return state_.pressure; }

 private:
  EcddOptions options_;
};

}  // namespace

DetectorRow ecdd_row() {
  return {"ecdd",
          "EWMA chart of the error rate, with warnings (Ross and others 2012)",
          {real("lambda", 0.2).above(0).at_most(1).means("weight of the newest value"),
           integer("average_run_length", 400).means("values between two false alarms: 100, 400 or 1000"),
           real("warning_level", 0.5).above(0).below(1).means("share of the way to a drift at which it warns"),
           integer("min_num_instances", 30).at_least(1).means("values before the first look")},
          {DetectorInput::zero_one,
           [](const Parameters& p) {
             return std::make_unique<Ecdd>(EcddOptions{p.real("lambda"), *control_limit(p.integer("average_run_length")),
                                                       p.real("warning_level"), static_cast<double>(p.integer("min_num_instances"))});
           }},
          [](const Parameters& p) -> std::string {
            return control_limit(p.integer("average_run_length")) == nullptr ? "average_run_length must be one of 100, 400, 1000" : "";
          }};
}

}  // namespace rekindle
