// Online feature scaling, each feature by itself, by statistics that see the sample first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace rekindle {

enum class ScaleKind : std::uint8_t { none, fading, standard, minmax };

[[nodiscard]] std::string to_string(ScaleKind kind);

// Fading: to zero mean and unit variance, by exponentially weighted statistics with rate max(alpha, 1/n), so the first
// 1/alpha samples are weighted equally; cut at +-5. Measured: follows a change of a feature's scale within 1/alpha samples,
// costs at most 0.2 point elsewhere.
// Standard: the same with the mean and the (population) variance of all values so far, which is rate 1/n.
// Minmax: the smallest value so far to 0, the largest to 1.
// A missing value leaves the statistics alone and becomes the mean; without any statistics (`none`, unless `keep_means`), 0.
class Scaler {
 public:
  static constexpr double cut = 5.0;
  static constexpr double smallest_deviation = 1e-9;  // Up to it a feature counts as constant.

  Scaler(ScaleKind kind, double fading_alpha, std::size_t features, bool keep_means = false);

  // Takes the values in, then writes them scaled. `out` has the size of `values`.
  void observe(std::span<const double> values);
  template <class Real>
  void transform(std::span<const double> values, std::span<Real> out) const;

  [[nodiscard]] ScaleKind kind() const { return kind_; }
  [[nodiscard]] const std::vector<double>& means() const { return mean_; }
  [[nodiscard]] const std::vector<double>& variances() const { return variance_; }
  [[nodiscard]] const std::vector<double>& lows() const { return low_; }
  [[nodiscard]] const std::vector<double>& highs() const { return high_; }

  // Another's means and variances, as many as this one has. How many values they are of stays, and so do lows and highs.
  void set_moments(std::span<const double> means, std::span<const double> variances);

  // Feature j was feature from[j]; -1: it is new and has seen nothing.
  void remap(const std::vector<std::ptrdiff_t>& from);

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void observe_range(std::span<const double> values);
  template <class Real>
  void to_range(std::span<const double> values, std::span<Real> out) const;
  ScaleKind kind_;
  double alpha_;
  std::vector<double> count_;  // Values seen, by feature; a double, so that the loop vectorizes.
  std::vector<double> mean_;
  std::vector<double> variance_;
  std::vector<double> low_;  // With `minmax` alone, as `high_`.
  std::vector<double> high_;
};

}  // namespace rekindle
