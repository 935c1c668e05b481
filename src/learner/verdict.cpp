#include "learner/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rekindle {

namespace {

constexpr std::uint64_t enough = 500;  // Labelled samples.
constexpr std::uint64_t divergence_memory = 5000;
constexpr std::uint64_t plateau = 2000;   // Labelled samples without improvement.
constexpr std::uint64_t settling = 1500;  // Labelled samples after an answered drift: three times what the means remember.
constexpr double least_gain = 0.02;       // Relative to the baseline.
constexpr double least_harm = 0.05;
constexpr double sure = 4;         // Standard errors.
constexpr double vanished = 1e-5;  // Of the gradient of the strongest layer.

double percent(double ours, double theirs) { return theirs > 0 ? 100 * std::abs(ours - theirs) / theirs : 0; }

bool is_diverging(const HealthEvidence& e) {
  if (e.since_divergence && *e.since_divergence < divergence_memory) return true;
  return !std::isfinite(e.loss) || e.loss > 10 * std::max(e.ignorant_loss, e.baseline.value_or(0));
}

// What the drift itself cost is still in the means when the response has done its work.
bool is_settling(const HealthEvidence& e) { return e.since_answered && *e.since_answered < settling; }

bool is_harming(const HealthEvidence& e) {
  if (is_settling(e)) return false;
  return e.baseline && e.difference > std::max(least_harm * std::abs(*e.baseline), sure * e.difference_error);
}

bool is_helping(const HealthEvidence& e) {
  return e.baseline && -e.difference > std::max(least_gain * std::abs(*e.baseline), sure * e.difference_error);
}

// Worse than knowing nothing, or in bursts that its labels do not have.
bool is_oscillating(const HealthEvidence& e) {
  if (is_settling(e)) return false;
  if (e.ignorant_loss > 0 && e.loss > 1.1 * e.ignorant_loss) return true;
  return e.of_numbers && e.dispersion >= 3 && e.dispersion >= 2 * e.label_dispersion && e.sign_changes >= 0.4;
}

bool is_overfitting(const HealthEvidence& e) {
  if (!e.train || !e.validation) return false;
  return *e.validation - *e.train > std::max(0.3 * std::abs(*e.train), sure * e.validation_error);
}

bool has_learned_nothing(const HealthEvidence& e) { return e.ignorant_loss > 0 && e.loss > 0.9 * e.ignorant_loss; }

// The gradient is that of one batch, which may well be a large one; weights that are gone within a hundred updates need no such proof.
bool is_underfitting(const HealthEvidence& e) { return e.decay_share > 0.5 || (e.decay_rate > 0.01 && has_learned_nothing(e)); }

// Whoever has learned something and stands still may just have arrived.
bool is_stalled(const HealthEvidence& e) {
  if (e.since_best < plateau) return false;
  return has_learned_nothing(e) || is_underfitting(e) || (!e.baseline && e.lr < 0.01 * e.base_lr);
}

HealthOpinion harming(const HealthEvidence& e) {
  const bool low = e.lr < 0.5 * e.base_lr;
  auto cause = fmt::format("the loss is {:.0f} % above that of a constant rate of {:.3g} over the same samples; the schedule is at {:.3g}",
                           percent(*e.baseline + e.difference, *e.baseline), e.base_lr, e.lr);
  if (low) {
    return {Verdict::harming, cause + ": decayed too far to follow the stream",
            "restart the schedule (on drift: drift.policy), let it decay more slowly or to a higher floor (eta_min, lr_min), or use a "
            "schedule that restarts or cycles"};
  }
  return {Verdict::harming, cause, "lower the peaks of the schedule, shorten its warm-up, or use a constant rate"};
}

HealthOpinion stalled(const HealthEvidence& e) {
  const auto standing = fmt::format("the loss has not improved for {} labelled samples", e.since_best);
  if (is_underfitting(e)) {
    return {Verdict::stalled,
            fmt::format("underfitting: {}, and weight decay pulls {:.1f} times as hard as the gradient and takes away {:.2g} % of the "
                        "weights at each update",
                        standing, e.decay_share, 100 * e.decay_rate),
            "lower weight_decay, or keep the learning rate up for longer"};
  }
  return {
      Verdict::stalled,
      fmt::format("{} at a rate of {:.3g}{}", standing, e.lr, has_learned_nothing(e) ? ", and is little better than knowing nothing" : ""),
      "raise the learning rate for a while (learner.plateau_bump, `rekindle ctl bump`), restart or cycle it, or start higher "
      "(`rekindle lr-find`)"};
}

}  // namespace

std::optional<HealthOpinion> judge(const HealthEvidence& e) {
  if (is_diverging(e)) {
    return HealthOpinion{Verdict::diverging,
                         fmt::format("the loss blew up at a rate of up to {:.3g}: the steps are too long", std::max(e.lr, e.base_lr)),
                         "lower the learning rate (`rekindle lr-find` suggests one), warm it up, clip the gradient (clip_norm), or scale "
                         "the features"};
  }
  if (e.labelled < enough) return std::nullopt;
  if (is_harming(e)) return harming(e);
  if (is_oscillating(e)) {
    return HealthOpinion{
        Verdict::oscillating,
        fmt::format("the loss swings (dispersion {:.1f}, the trend turns at {:.0f} % of the blocks) or is no better than knowing "
                    "nothing at a rate of {:.3g}: the steps jump over the minimum",
                    e.dispersion, 100 * e.sign_changes, e.lr),
        "lower the learning rate, let it decay sooner, or use larger batches"};
  }
  if (is_overfitting(e)) {
    return HealthOpinion{
        Verdict::overfitting,
        fmt::format("the loss on held-out samples is {:.0f} % above that on learned ones", percent(*e.validation, *e.train)),
        "let the rate decay faster, cycle it to leave sharp minima, or regularise (weight_decay, l1, dropout)"};
  }
  if (is_helping(e)) {
    return HealthOpinion{Verdict::helping,
                         fmt::format("the loss is {:.0f} % below that of a constant rate of {:.3g} over the same samples",
                                     percent(*e.baseline + e.difference, *e.baseline), e.base_lr),
                         "nothing to do"};
  }
  if (is_stalled(e)) return stalled(e);
  return HealthOpinion{Verdict::neutral,
                       e.baseline ? fmt::format("no difference to a constant rate of {:.3g} that could not be chance", e.base_lr)
                                  : std::string("no trouble seen; without learner.shadow there is nothing to compare with"),
                       "nothing to do; a simpler schedule may do as well"};
}

std::vector<std::string> signs(const HealthEvidence& e, const std::vector<LayerStatus>& layers) {
  std::vector<std::string> out;
  if (e.train && e.train_fast && *e.train_fast > 2 * *e.train && *e.train_fast - *e.train > sure * e.train_fast_error) {
    out.push_back(fmt::format("spike: the loss of the last 50 samples or so, {:.3g}, is {:.1f} times the mean over 2,000", *e.train_fast,
                              *e.train_fast / *e.train));
  }
  double most = 0;
  for (const auto& layer : layers) most = std::max(most, layer.gradient_norm.value_or(0));
  for (const auto& layer : layers) {
    if (layer.lr == 0 || !layer.gradient_norm || *layer.gradient_norm >= vanished * most) continue;
    out.push_back(
        fmt::format("vanishing: the gradient of {} is {:.1g}, that of the strongest layer {:.2g}", layer.name, *layer.gradient_norm, most));
  }
  return out;
}

}  // namespace rekindle
