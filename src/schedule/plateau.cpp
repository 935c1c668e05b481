#include "schedule/plateau.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "schedule/rows.hpp"

namespace rekindle {

PlateauControl::PlateauControl(const Parameters& p, double lr)
    : falls_(p.string("mode") == "min"),
      relative_(p.string("threshold_mode") == "rel"),
      factor_(p.real("factor")),
      threshold_(p.real("threshold")),
      min_lr_(p.real("min_lr")),
      eps_(p.real("eps")),
      patience_(p.integer("patience")),
      cooldown_(p.integer("cooldown")),
      rate_(lr),
      best_(falls_ ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity()) {}

bool PlateauControl::is_better(double metric) const {
  if (falls_) return metric < (relative_ ? best_ * (1 - threshold_) : best_ - threshold_);
  return metric > (relative_ ? best_ * (1 + threshold_) : best_ + threshold_);
}

double PlateauControl::observe(double metric) {
  if (is_better(metric)) {
    best_ = metric;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_ = 0;
  }
  if (bad_ <= patience_) return rate_;
  const double lower = std::max(rate_ * factor_, min_lr_);
  if (rate_ - lower > eps_) rate_ = lower;
  cooldown_left_ = cooldown_;
  bad_ = 0;
  return rate_;
}

void PlateauControl::save(ByteWriter& out) const {
  out.put(rate_);
  out.put(best_);
  out.put(bad_);
  out.put(cooldown_left_);
}

void PlateauControl::load(ByteReader& in) {
  in.get_into(rate_);
  in.get_into(best_);
  in.get_into(bad_);
  in.get_into(cooldown_left_);
  if (!std::isfinite(rate_) || rate_ < 0) in.invalidate();
}

std::span<const ParameterSpec> plateau_parameters() {
  static const std::array specs = {
      base_rate_parameter(),
      choice("mode", {"min", "max"}, "min").means("whether a smaller or a larger metric is better"),
      real("factor", 0.1).at_least(0).below(1).means("multiplies the rate on a plateau"),
      integer("patience", 10).at_least(0).means("observations without improvement that are borne"),
      real("threshold", 1e-4).at_least(0).means("an improvement is larger than this"),
      choice("threshold_mode", {"rel", "abs"}, "rel").means("threshold as a share of the best metric, or as it is"),
      integer("cooldown", 0).at_least(0).means("observations after a drop that are not counted"),
      real("min_lr", 0).at_least(0).means("floor"),
      real("eps", 1e-8).at_least(0).means("smaller changes of the rate are not made"),
  };
  return specs;
}

// By itself the base rate; what reacts to the loss is whoever sees one: a row all the same, so that configuration, lists and
// documentation know it.
ScheduleRow plateau_row() {
  const auto keys = plateau_parameters();
  return {plateau_row_name,
          "the rate falls when the loss of an epoch (`epoch_samples`) no longer improves; not inside another schedule",
          {keys.begin(), keys.end()},
          [](const Parameters&, double lr) {
            const auto& constant = *find_row(schedules(), "constant");
            Diagnostics none;
            return constant.make(check_parameters(constant.parameters, {}, "", none), lr);
          }};
}

}  // namespace rekindle
