// PlateauControl: a learning rate that falls when a metric stops improving. It has state, so it is no LearningRateSchedule.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/parameters.hpp"

namespace rekindle {

// torch ReduceLROnPlateau: after more than `patience` observations in a row that are no better than the best by `threshold`
// the rate is multiplied by `factor`, down to min_lr, and `cooldown` observations go by uncounted. A change of the rate by
// no more than `eps` is not made.
class PlateauControl {
 public:
  // `parameters` passed a check against plateau_parameters().
  PlateauControl(const Parameters& parameters, double lr);

  // The rate after `metric`. One that is no number counts as no improvement.
  double observe(double metric);

  [[nodiscard]] double rate() const { return rate_; }
  [[nodiscard]] std::int64_t bad() const { return bad_; }  // Observations in a row without improvement.

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  [[nodiscard]] bool is_better(double metric) const;

  // From the configuration.
  bool falls_;  // mode = "min": smaller is better.
  bool relative_;
  double factor_;
  double threshold_;
  double min_lr_;
  double eps_;
  std::int64_t patience_;
  std::int64_t cooldown_;
  // State.
  double rate_;
  double best_;
  std::int64_t bad_ = 0;
  std::int64_t cooldown_left_ = 0;
};

inline constexpr const char* plateau_row_name = "plateau";

// lr, mode, factor, patience, ...
[[nodiscard]] std::span<const ParameterSpec> plateau_parameters();

}  // namespace rekindle
