#include <algorithm>
#include <cmath>
#include <numbers>

#include "drift/memory.hpp"
#include "drift/rows.hpp"

namespace rekindle {

namespace {

struct StepdOptions {
  double alpha_drift;
  double alpha_warning;
  std::size_t window;
};

// The z whose two-sided tail probability is `alpha`, by halving.
double two_sided_quantile(double alpha) {
  double low = 0;
  double high = 40;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::numbers::sqrt2) < alpha ? high : low) = middle;
  }
  return high;
}

// Test of equal proportions between the newest window and all before it. Follows MOA, whose test is two-sided.
class Stepd final : public DriftDetector {
 public:
  explicit Stepd(const StepdOptions& options)
      : window_(static_cast<double>(options.window)),
        drift_(two_sided_quantile(options.alpha_drift)),
        warning_(two_sided_quantile(options.alpha_warning)),
        values_(options.window) {}

  DriftSignal observe(double value) override {
    if (fired_) reset();
    const bool full = values_.full();
    const double left = values_.push(static_cast<std::uint8_t>(value));
    recent_errors_ += value - left;
    old_errors_ += left;
    if (full) old_ += 1;
    if (old_ < window_) return {};
    const double before = old_errors_ / old_;
    const double after = recent_errors_ / window_;
    const double inverse = 1 / old_ + 1 / window_;
    const double correct = (old_ - old_errors_ + (window_ - recent_errors_)) / (old_ + window_);
    const double spread = std::sqrt(correct * (1 - correct) * inverse);
    // Without any spread nothing has changed.
    const double z = spread > 0 ? std::abs((std::abs(before - after) - inverse / 2) / spread) : 0;
    pressure_ = z / drift_;
    fired_ = z >= drift_;
    if (!fired_ && z < warning_) return {};
    return {fired_ ? DriftLevel::drift : DriftLevel::warning, z, before, after, old_, window_};
  }
  [[nodiscard]] double pressure() const override { return pressure_; }
  void reset() override {
    values_.clear();
    old_ = old_errors_ = recent_errors_ = pressure_ = 0;
    fired_ = false;
  }
  void save(ByteWriter& out) const override {
    values_.save(out);
    for (const double number : {old_, old_errors_, recent_errors_, pressure_}) out.put(number);
    out.put(fired_);
  }
  void load(ByteReader& in) override {
    values_.load(in);
    for (auto* number : {&old_, &old_errors_, &recent_errors_, &pressure_}) in.get_into(*number);
    fired_ = in.get<std::uint8_t>() != 0;
  }

 private:
  double window_;
  double drift_;
  double warning_;
  Ring<std::uint8_t> values_;
  double old_ = 0;  // Values before the window, and their errors.
  double old_errors_ = 0;
  double recent_errors_ = 0;
  double pressure_ = 0;
  bool fired_ = false;
};

}  // namespace

DetectorRow stepd_row() {
  return {"stepd",
          "equal proportions of errors in the newest window and before (Nishida and Yamauchi 2007)",
          {real("alpha_d", 0.003).above(0).below(1).means("significance of a drift"),
           real("alpha_w", 0.05).above(0).below(1).means("significance of a warning"),
           integer("min_num_instances", 30).at_least(1).at_most(10'000'000).means("values in the window, and before it at the first look")},
          {DetectorInput::zero_one, [](const Parameters& p) {
             return std::make_unique<Stepd>(
                 StepdOptions{p.real("alpha_d"), p.real("alpha_w"), static_cast<std::size_t>(p.integer("min_num_instances"))});
           }}};
}

}  // namespace rekindle
