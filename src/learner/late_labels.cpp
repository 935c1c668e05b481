// Labels that come later than their samples: what a Learner does between the two.
//
// A sample that was learned as the class of `on_timeout` may be a fake negative: Ktena et al. 2019, "Addressing Delayed Feedback for
// Continuous Training with Neural Networks in CTR prediction" (RecSys), section 4, fake negative weighted loss. Every sample that ran
// out of time is learned as negative, and those of them that turn out positive are learned once more; with p(x) the model's own
// probability that x is positive, negatives then count (1 - p(x)) (1 + p(x)) and positives 1 + p(x), which makes the gradient that
// of the true distribution in expectation. A label in time was never learned as negative and counts 1.
#include <algorithm>
#include <cmath>

#include "learner/learner.hpp"

namespace rekindle {

void Learner::pass_time(std::int64_t time_ms) {
  joined_ = false;
  late_->advance(time_ms);
  while (const auto timed_out = late_->next_timed_out()) {
    timed_out->learn ? learn_timed_out(*timed_out) : static_cast<void>(++counters_.predicted_only);
  }
}

// A label may have come first; one that came with the sample makes all others duplicates.
void Learner::join(const Sample& sample, Outcome& outcome) {
  if (outcome.labelled) return late_->settle(sample.id);
  if (sample.id.empty()) return;
  const auto early = late_->take_label(sample.id, sample.time_ms);
  outcome.labelled = early.has_value();
  outcome.target = early.value_or(0);
}

// A sample without an id is only predicted.
void Learner::wait_for_label(const Sample& sample) {
  holding_.clear();
  HeldSample::write(sample, prediction_, champion_->scores(), holding_);
  const bool held = !sample.id.empty() && late_->hold(sample.id, sample.time_ms, holding_.bytes());
  if (!held) ++counters_.predicted_only;
  counters_.predicted_only += late_->take_evicted();
}

Outcome Learner::observe_label(const LabelRecord& record, Rejection& why) {
  events_.clear();
  pass_time(record.time_ms);
  clock_.time_ms = record.time_ms;
  Outcome outcome;
  double target = 0;
  const auto classes = classes_.size();
  if (record.id.empty()) {
    why = {RejectReason::missing_field, spec_.schema.id, "a label without the id of its sample"};
  } else if (record.label.kind == Label::Kind::absent) {
    why = {RejectReason::missing_label, spec_.schema.label, "a record of the labels without a label"};
  } else {
    outcome.accepted = bind_label(record.label, target, why);
  }
  if (!outcome.accepted) {
    late_->count_unusable();
    return outcome;
  }
  if (spec_.schema.task == Task::multiclass && classes_.size() > classes) welcome_class();
  const auto match = late_->take(record.id, record.time_ms, target);
  counters_.predicted_only += late_->take_evicted();
  if (match.sample.empty()) return outcome;
  if (!held_.read(match.sample, match.time_ms)) return outcome;
  if (match.came == LabelJoin::Came::late) {
    const auto timeout = timeout_target();
    if (timeout == target) return outcome;
    outcome = learn_held(target, timeout ? 1 + probability_of_another_class(*timeout) : 1, /*scored=*/false);
  } else {
    outcome = learn_held(target, 1, /*scored=*/true);
  }
  held_.sample().label = record.label;
  held_.sample().id = record.id;
  joined_ = true;
  return outcome;
}

void Learner::count_unusable_label() {
  events_.clear();
  joined_ = false;
  late_->count_unusable();
}

void Learner::learn_timed_out(const LabelJoin::TimedOut& timed_out) {
  if (!held_.read(timed_out.sample, timed_out.time_ms)) return;
  const auto target = timeout_target();
  if (!target) {
    ++counters_.predicted_only;
    return;
  }
  const double p = probability_of_another_class(*target);
  (void)learn_held(*target, (1 - p) * (1 + p), /*scored=*/true);
}

// The class that no label stands for; new ones are taken in where the schema allows it, as with any label. Nothing where there is no room
// for it, because the labels were others than the configuration took for granted.
std::optional<double> Learner::timeout_target() {
  double target = 0;
  Rejection ignored;
  const bool known = bind_label({.kind = Label::Kind::text, .text = spec_.late.on_timeout.value_or("")}, target, ignored);
  return known ? std::optional(target) : std::nullopt;
}

// That the held sample is of another class than `target`, by the model of now; with `held_` read.
double Learner::probability_of_another_class(double target) {
  const auto at = static_cast<std::size_t>(target);
  enter_features(held_.sample());
  champion_->predict(x_, prediction_);
  return at < prediction_.probabilities.size() ? std::max(1 - prediction_.probabilities[at], 0.0) : 1;
}

Outcome Learner::learn_held(double target, double factor, bool scored) {
  auto& sample = held_.sample();
  Outcome outcome;
  outcome.accepted = outcome.labelled = true;
  outcome.target = target;
  enter_features(sample);
  champion_->predict(x_, prediction_);
  judge(target, outcome);
  ++counters_.labelled;
  if (scored) watch(sample, outcome, /*late=*/true);
  sample.weight *= factor;
  learn(sample, outcome);
  if (!outcome.held_out) judge_challengers();
  prediction_ = held_.prediction();
  judge_held(outcome);
  if (scored) {
    scores_.observe(prediction_, target, outcome.loss);
    incumbent_.observe(sample.incumbent, target, classes_);
  }
  return outcome;
}

// By what was predicted when the sample came. A class that the model did not have then leaves the loss of now.
void Learner::judge_held(Outcome& outcome) {
  const bool classification = spec_.schema.is_classification();
  const bool unknown_then =
      spec_.schema.task == Task::multiclass && static_cast<std::size_t>(outcome.target) >= prediction_.probabilities.size();
  outcome.error = classification ? (prediction_.value != outcome.target ? 1.0 : 0.0) : std::abs(prediction_.value - outcome.target);
  if (unknown_then) return;
  slopes_.resize(held_.scores().size());
  outcome.loss = loss_->evaluate(held_.scores(), outcome.target, slopes_);
}

}  // namespace rekindle
