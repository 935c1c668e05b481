#include "learner/health_monitor.hpp"

#include <algorithm>
#include <cmath>

#include "learner/controls.hpp"

namespace rekindle {

namespace {

double variance(const FadingMeans<2>& means) { return std::max(0.0, means[1] - means[0] * means[0]); }

std::optional<double> known(const auto& means) { return means.count() == 0 ? std::nullopt : std::optional(means[0]); }

double decay_of(const MemberSpec& spec) {
  const auto& p = spec.optimizer.parameters;
  return p.has("weight_decay") ? p.real("weight_decay") : 0;
}

}  // namespace

HealthMonitor::HealthMonitor(const LearnerSpec& spec, std::size_t features, std::size_t classes)
    : of_numbers_(!spec.schema.is_classification()),
      beside_a_portfolio_(spec.mode == LearnerMode::portfolio),
      base_lr_(constant_rate(spec.member.schedule) * spec.member.schedule.scale),
      weight_decay_(decay_of(spec.member)) {
  if (spec.shadow) shadow_.emplace(spec, features, classes);
}

void HealthMonitor::observe(const Observed& seen, std::size_t classes, const StepClock& now) {
  ++labelled_;
  if (seen.diverged) last_divergence_ = labelled_;
  if (!of_numbers_) calibration_.observe(seen.prediction, seen.target);
  const double baseline = shadow_ ? shadow_->observe(seen.x, seen.target, seen.weight, seen.held_out, classes, now) : 0;
  const double loss = seen.loss;
  if (!std::isfinite(loss * loss)) return;
  (seen.held_out ? validation_fast_ : train_fast_).observe({loss});
  (seen.held_out ? validation_slow_ : train_slow_).observe({loss, loss * loss});
  if (!seen.held_out) trend_.observe(loss);
  const double label = seen.target * seen.target;
  if (of_numbers_ && std::isfinite(label * label)) labels_.observe(label);
  const double difference = loss - baseline;
  if (shadow_ && std::isfinite(difference * difference)) compared_.observe({baseline, difference, difference * difference});
}

void HealthMonitor::remap_features(const IndexMap& from) {
  if (shadow_) shadow_->remap_features(from);
}

HealthEvidence HealthMonitor::evidence(const Member& champion, const StepClock& now, const std::vector<LayerStatus>& layers) const {
  HealthEvidence e;
  e.labelled = labelled_;
  e.loss = trend_.recent();
  e.ignorant_loss = champion.controls().guard.ignorant_loss();
  if (last_divergence_ != 0) e.since_divergence = labelled_ - last_divergence_;
  if (compared_.count() >= 100) {
    e.baseline = compared_[0];
    e.difference = compared_[1];
    e.difference_error = std::sqrt(std::max(0.0, compared_[2] - compared_[1] * compared_[1]) / compared_.weight());
  }
  if (trend_.is_ready()) {
    e.dispersion = trend_.dispersion();
    e.sign_changes = trend_.sign_changes();
    if (of_numbers_) e.label_dispersion = labels_.dispersion();
  }
  e.of_numbers = of_numbers_;
  if (train_slow_.count() >= 500) {
    e.train_fast = train_fast_[0];
    e.train_fast_error = std::sqrt(variance(train_slow_) / train_fast_.weight());
  }
  if (train_slow_.count() >= 100) e.train = train_slow_[0];
  if (validation_slow_.count() >= 100 && e.train) {
    e.validation = validation_slow_[0];
    e.validation_error = std::sqrt(variance(train_slow_) / train_slow_.weight() + variance(validation_slow_) / validation_slow_.weight());
  }
  e.since_best = trend_.since_best();
  e.lr = champion.rate(now);
  e.base_lr = base_lr_;
  e.decay_rate = e.lr * weight_decay_;
  for (const auto& layer : layers) {
    if (layer.gradient_norm.value_or(0) > 0) {
      e.decay_share = std::max(e.decay_share, weight_decay_ * layer.weight_norm / *layer.gradient_norm);
    }
  }
  return e;
}

void HealthMonitor::report(const Member& champion, const StepClock& now, std::optional<std::uint64_t> since_answered,
                           LearnerStatus& out) const {
  out.loss_fast = known(train_fast_);
  out.loss_slow = known(train_slow_);
  out.validation_loss_fast = known(validation_fast_);
  out.validation_loss_slow = known(validation_slow_);
  if (shadow_) out.baseline_loss = known(compared_);
  out.calibration_error = calibration_.error();
  out.layers = champion.layers(now);
  auto seen = evidence(champion, now, out.layers);
  seen.since_answered = since_answered;
  const auto opinion = judge(seen);
  out.health = {};
  if (opinion) out.health = {verdict_names[static_cast<std::size_t>(opinion->verdict)], opinion->cause, opinion->remedy, {}};
  out.health.signs = signs(seen, out.layers);
  out.since_best_loss = trend_.since_best();
  if (trend_.is_ready()) {
    out.loss_dispersion = trend_.dispersion();
    out.loss_sign_changes = trend_.sign_changes();
  }
}

void HealthMonitor::save(ByteWriter& out) const {
  out.put(labelled_);
  out.put(last_divergence_);
  train_fast_.save(out);
  train_slow_.save(out);
  validation_fast_.save(out);
  validation_slow_.save(out);
  compared_.save(out);
  trend_.save(out);
  labels_.save(out);
  calibration_.save(out);
}

void HealthMonitor::load(ByteReader& in) {
  in.get_into(labelled_);
  in.get_into(last_divergence_);
  train_fast_.load(in);
  train_slow_.load(in);
  validation_fast_.load(in);
  validation_slow_.load(in);
  compared_.load(in);
  trend_.load(in);
  labels_.load(in);
  calibration_.load(in);
}

void HealthMonitor::save_shadow(ByteWriter& out) const {
  out.put(shadow_.has_value());
  if (!shadow_) return;
  ByteWriter state;
  shadow_->save(state);
  out.put_array(state.bytes());
}

void HealthMonitor::load_shadow(ByteReader& in, bool same_optimizer, const Member& champion) {
  const bool had = in.get<std::uint8_t>() != 0;
  const auto state = had ? in.get_array<std::byte>() : std::vector<std::byte>{};
  if (!shadow_) return;
  if (!had) {
    if (!beside_a_portfolio_) shadow_->copy(champion);
    return;
  }
  ByteReader saved(state);
  shadow_->load(saved, same_optimizer);
  if (!saved.ok() || !saved.at_end()) in.invalidate();
}

}  // namespace rekindle
