#include "learner/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rekindle {

namespace {

void add_evidence(DriftInput on, const DriftSignal& signal, Incident& incident) {
  incident.signal = drift_input_names[static_cast<std::size_t>(on)];
  if (signal.values_before <= 0 || signal.values_after <= 0) return;
  incident.values_before = signal.values_before;
  incident.values_after = signal.values_after;
  if (on == DriftInput::error || on == DriftInput::rank) {
    incident.p = two_shares_p(signal.mean_before, signal.values_before, signal.mean_after, signal.values_after);
  }
}

// A portfolio's loss is that of its mixture, whose probabilities are bounded.
bool loss_is_log_loss(const LearnerSpec& spec) {
  const auto& loss = spec.member.loss;
  return spec.mode == LearnerMode::single && loss.row->make.make(loss.parameters)->is_log_loss();
}

template <class Real>
void enter(const Scaler& scaler, const Sample& sample, std::span<const SparseEntry> sparse, Features& x) {
  scaler.transform(sample.values, x.resize<Real>(sample.values.size()));
  x.set_sparse<Real>(sparse);
}

}  // namespace

Learner::Learner(LearnerSpec spec, std::vector<std::string> features)
    : spec_(std::move(spec)),
      features_(std::move(features)),
      classes_(spec_.schema),
      scaler_(spec_.scale, spec_.fading_alpha, features_.size(), spec_.schema.needs_means()),
      categories_(spec_.categories),
      memory_need_(memory_need(spec_)),
      trial_(spec_.drift.trial),
      archive_(static_cast<std::size_t>(spec_.drift.trial.memory)),
      scores_(spec_.schema.task, loss_is_log_loss(spec_)),
      incumbent_(spec_.schema.task),
      policy_(spec_.drift.policy->make(spec_.drift.responses)),
      monitor_(spec_.drift, spec_.schema.task, features_),
      health_(spec_, features_.size(), classes_.size()),
      forgetting_(spec_.seed),
      random_(spec_.seed) {
  enthrone(make_another());
  events_.reserve(16);
  if (!spec_.late.on) return;
  late_.emplace(spec_.late);
  loss_ = spec_.member.loss.row->make.make(spec_.member.loss.parameters);
}

Outcome Learner::observe(const Sample& sample, Rejection& why) {
  events_.clear();
  if (forgetting_.due()) measure_forgetting();
  if (late_) pass_time(sample.time_ms);
  ++counters_.samples;
  Outcome outcome;
  const bool weight_is_usable = std::isfinite(sample.weight) && sample.weight >= 0;
  outcome.labelled = sample.label.kind != Label::Kind::absent;
  if (!weight_is_usable) {
    why = {RejectReason::bad_weight, spec_.schema.weight, fmt::format("weight must be >= 0, got {}", sample.weight)};
  }
  // The label is looked up first, so that a sample with an unusable one leaves no trace in the scaler.
  if (!weight_is_usable || (outcome.labelled && !bind_label(sample.label, outcome.target, why))) {
    ++counters_.rejected;
    return outcome;
  }
  outcome.accepted = true;
  clock_.time_ms = sample.time_ms;
  if (spec_.member.schedule.unit == StepUnit::seconds) {
    champion_->begin(clock_);
    trial_.begin_members(clock_);
  }
  predict(sample);
  if (late_) join(sample, outcome);
  if (!outcome.labelled) {
    late_ ? wait_for_label(sample) : static_cast<void>(++counters_.predicted_only);
    if (monitor_.watches_unlabelled()) look_for_drift(sample, outcome);
    return outcome;
  }
  judge(outcome.target, outcome);
  scores_.observe(prediction_, outcome.target, outcome.loss);
  incumbent_.observe(sample.incumbent, outcome.target, classes_);
  watch(sample, outcome);
  ++counters_.labelled;
  learn(sample, outcome);
  if (!outcome.held_out) judge_challengers();
  return outcome;
}

void Learner::count_rejected() {
  events_.clear();
  joined_ = false;
  ++counters_.samples;
  ++counters_.rejected;
}

bool Learner::bind_label(const Label& label, double& target, Rejection& why) {
  if (!spec_.schema.is_classification()) {
    target = label.number;
    if (label.kind == Label::Kind::number) return true;
    why = {RejectReason::wrong_type, spec_.schema.label, "label must be a number"};
    return false;
  }
  const auto index = classes_.index_of(label, why);
  if (index == classes_.size()) {
    why.field = spec_.schema.label;
    return false;
  }
  target = static_cast<double>(index);
  return true;
}

// What the record brought, or the categories' coordinates. A value that comes for the first time gets one as long as there is
// memory.
std::span<const SparseEntry> Learner::sparse_of(const Sample& sample) {
  if (spec_.schema.categorical.empty()) return sample.sparse;
  const auto most = categories_.names().size() + sample.categories.size() + spec_.categories.pairs.size();
  if (!fits_memory(spec_, memory_need_, std::max<std::size_t>(1, classes_.size()), most)) categories_.close();
  categories_.encode(sample.categories, entries_);
  return entries_;
}

void Learner::predict(const Sample& sample) {
  scaler_.observe(sample.values);
  enter_features(sample);
  champion_->predict(x_, prediction_);
}

void Learner::enter_features(const Sample& sample) {
  const auto sparse = sparse_of(sample);
  if (spec_.member.precision == Precision::float64) {
    enter<double>(scaler_, sample, sparse, x_);
  } else {
    enter<float>(scaler_, sample, sparse, x_);
  }
  x_.offset = sample.offset;
}

// What the prediction is worth.
void Learner::judge(double target, Outcome& outcome) {
  const bool new_class = spec_.schema.task == Task::multiclass && static_cast<std::size_t>(target) >= prediction_.probabilities.size();
  if (new_class) {
    // The prediction that counts was made without the class; learning goes on with it.
    const Prediction before = prediction_;
    welcome_class();
    champion_->predict(x_, prediction_);
    outcome.loss = champion_->evaluate(target);
    prediction_ = before;
  } else {
    outcome.loss = champion_->evaluate(target);
  }
  const bool wrong = prediction_.value != target;
  outcome.error = spec_.schema.is_classification() ? (wrong ? 1.0 : 0.0) : std::abs(prediction_.value - target);
}

void Learner::welcome_class() {
  champion_->grow_classes(classes_.size());
  trial_.grow_classes(classes_.size());
  events_.emplace_back(ClassAdded{event_sample(/*command=*/false), classes_.names().back(), classes_.size() - 1});
}

void Learner::watch(const Sample& sample, const Outcome& outcome, bool late) {
  if (std::isfinite(outcome.loss)) {
    fast_loss_.observe(outcome.loss);
    slow_loss_.observe(outcome.loss);
  }
  const double evidence = spec_.schema.is_classification() ? outcome.error : outcome.error * outcome.error;
  if (std::isfinite(evidence)) {
    severity_.observe(evidence);
    follow_kind(evidence);
  }
  if (const auto* recovered = incidents_.observe(fast_loss_.value(), counters_.labelled)) {
    events_.emplace_back(IncidentRecovered{*recovered});
    champion_->end_cycle();
  }
  if (std::isfinite(outcome.loss)) look_for_drift(sample, outcome, late);
}

void Learner::look_for_drift(const Sample& sample, const Outcome& outcome, bool late) {
  if (!policy_) return;
  const double prediction = prediction_.probabilities.size() == 2 ? prediction_.probabilities[1] : prediction_.value;
  const auto alarm = monitor_.observe(
      {outcome.error, outcome.loss, gradient_norm_, prediction, outcome.target, sample.values, outcome.labelled, late}, counters_.samples);
  if (alarm) open_incident(sample, *alarm);
}

// Numbers go in relative to the usual ones, so that the kind of a regression's drift is told by the same shares.
void Learner::follow_kind(double evidence) {
  const double usual = 10 * severity_.usual().value();
  const double share = usual > 0 ? std::min(1.0, evidence / usual) : 0;
  kind_.observe(spec_.schema.is_classification() ? evidence : share);
  if (!kind_.running()) return;
  incidents_.revise_kind(drift_kind_names[static_cast<std::size_t>(kind_.kind())]);
  respond_to_kind();
}

// The course of the error tells the kind; of what else is watched, nothing is known.
DriftKind Learner::begin_kind(DriftInput on) {
  kind_.stop();
  if (on != DriftInput::error && on != DriftInput::loss) return DriftKind::abrupt;
  kind_.begin();
  return kind_.kind();
}

void Learner::open_incident(const Sample& sample, const Alarm& alarm) {
  const bool by_rank = monitor_.input(alarm.detector) == DriftInput::rank;
  const auto& sizes = by_rank ? monitor_.rank_severity() : severity_;
  const double chance = by_rank ? 0.5 : scores_.chance_error();
  const auto severity = sizes.grade(chance);
  Incident incident;
  incident.sample = event_sample(/*command=*/false);
  incident.time_ms = sample.time_ms;
  incident.detector = monitor_.name(alarm.detector);
  incident.severity = severity_names[static_cast<std::size_t>(severity)];
  const auto kind = begin_kind(monitor_.input(alarm.detector));
  incident.kind = drift_kind_names[static_cast<std::size_t>(kind)];
  incident.size = sizes.size(chance);
  incident.statistic = alarm.signal.statistic;
  incident.mean_before = alarm.signal.mean_before;
  incident.mean_after = alarm.signal.mean_after;
  add_evidence(monitor_.input(alarm.detector), alarm.signal, incident);
  incident.lr_before = lr();
  if (counters_.labelled != 0) {
    incident.loss_before = slow_loss_.value();
    incident.loss_peak = fast_loss_.value();
  }
  const bool flapping = monitor_.flapping(counters_.samples);
  monitor_.opened(alarm.detector, severity, counters_.samples);
  respond(flapping ? Response{} : policy_->decide({severity, sizes.size(chance), kind}), incident);
  incident.lr_after = lr();
  incidents_.open(incident, counters_.labelled);
  forgetting_.drifted();
  events_.emplace_back(IncidentOpened{incidents_.newest().back()});
}

// Between two samples, because the champion's last prediction is lost.
void Learner::measure_forgetting() {
  const auto loss = forgetting_.measure(*champion_);
  if (auto* incident = incidents_.find(incidents_.total())) incident->forgetting_loss = loss;
}

void Learner::learn(const Sample& sample, Outcome& outcome) {
  if (policy_) forgetting_.observe(x_, outcome.target, spec_.member.precision == Precision::float64);
  outcome.held_out = spec_.validation_every != 0 && counters_.labelled % spec_.validation_every == 0;
  Observed seen{x_, prediction_, outcome.target, sample.weight, outcome.loss, outcome.held_out};
  if (outcome.held_out) {
    outcome.lr = lr();
    ++counters_.held_out;
    health_.observe(seen, classes_.size(), clock_);
    return;
  }
  const auto lesson = champion_->learn(x_, outcome.target, sample.weight, clock_);
  outcome.lr = lesson.rate;
  try_challengers(sample, outcome);
  seen.diverged = lesson.diverged;
  health_.observe(seen, classes_.size(), clock_);
  ++counters_.learned;
  clock_.samples = counters_.learned;
  outcome.updated = lesson.updated;
  if (lesson.skipped) {
    ++counters_.nonfinite_updates;
    events_.emplace_back(UpdateSkipped{counters_.samples - 1, outcome.lr});
  }
  if (lesson.updated) {
    gradient_norm_ = lesson.gradient_norm;
    clock_.updates = ++counters_.updates;
  }
  tell_controls(lesson, outcome.lr);
  if (!lesson.updated) return;
  const auto period = spec_.member.reset_every;
  if (period != 0 && counters_.updates % period == 0) reset_optimizer(by_period, 1);
}

void Learner::tell_controls(const Lesson& lesson, double lr_before) {
  const auto sample = counters_.samples - 1;
  if (lesson.diverged) {
    ++counters_.divergences;
    if (lesson.rolled_back) ++counters_.guard_rollbacks;
    events_.emplace_back(Diverged{sample, lr_before, lr(), lesson.rolled_back, lesson.held});
  }
  if (lesson.stood_still) {
    const PlateauMet met{sample, lr_before, lr()};
    if (met.is_bump()) ++counters_.plateau_bumps;
    events_.emplace_back(met);
  }
}

// The sample at work; a command belongs to the next one.
std::uint64_t Learner::event_sample(bool command) const {
  return command ? counters_.samples : std::max<std::uint64_t>(counters_.samples, 1) - 1;
}

void Learner::restart_rate(std::size_t reason, double warmup) {
  const double before = lr();
  champion_->restart(clock_, warmup);
  health_.start_anew();
  ++counters_.restarts[reason];
  events_.emplace_back(LearningRateRestarted{event_sample(reason == by_command), restart_reason_names[reason], before, lr()});
}

void Learner::reset_optimizer(std::size_t reason, double fraction) {
  champion_->forget(fraction);
  ++counters_.resets[reason];
  events_.emplace_back(OptimizerReset{event_sample(reason == by_command), reset_reason_names[reason], fraction});
}

std::uint64_t LearnerCounters::restarts_total() const { return std::accumulate(restarts.begin(), restarts.end(), std::uint64_t{0}); }
std::uint64_t LearnerCounters::resets_total() const { return std::accumulate(resets.begin(), resets.end(), std::uint64_t{0}); }

NamedMetrics Learner::metrics() const {
  auto out = scores_.metrics();
  if (!spec_.schema.incumbent.empty()) incumbent_.append_to(out);
  return out;
}

std::vector<MemberStatus> Learner::members() const {
  return portfolio_ == nullptr ? std::vector<MemberStatus>{} : portfolio_->report(clock_);
}

void Learner::report(LearnerStatus& out) const {
  out.mode = portfolio_ == nullptr ? "single" : "portfolio";
  out.task = to_string(spec_.schema.task);
  out.samples = counters_.samples;
  out.labelled = counters_.labelled;
  out.learned = counters_.learned;
  out.predicted_only = counters_.predicted_only;
  out.held_out = counters_.held_out;
  out.rejected = counters_.rejected;
  out.updates = counters_.updates;
  out.nonfinite_updates = counters_.nonfinite_updates;
  out.divergences = counters_.divergences;
  out.plateau_bumps = counters_.plateau_bumps;
  out.restarts = counters_.restarts_total();
  out.resets = counters_.resets_total();
  out.restarts_by_reason = counters_.restarts;
  out.resets_by_reason = counters_.resets;
  out.responses = responses_;
  out.replacements = counters_.replacements;
  out.rollbacks = counters_.rollbacks + counters_.guard_rollbacks;
  out.lr = lr();
  out.pinned = champion_->rate_control().pinned();
  out.members = members();
  out.schedule_step = champion_->rate_control().step(clock_);
  out.schedule_cycle = champion_->rate_control().cycle(clock_);
  if (counters_.labelled != 0) {
    out.error_fast = severity_.recent().value();
    out.error_slow = severity_.usual().value();
  }
  if (counters_.updates != 0) out.gradient_norm = gradient_norm_;
  health_.report(*champion_, clock_, incidents_.since_answered(counters_.labelled), out);
  out.forgetting_loss = forgetting_.loss();
  out.metrics = metrics();
  out.detectors.clear();
  for (std::size_t i = 0; i < monitor_.size(); ++i)
    out.detectors.push_back({monitor_.name(i), monitor_.pressure(i), monitor_.detections(i), monitor_.warnings(i), monitor_.warning(i)});
  const auto& newest = incidents_.newest();
  const std::size_t shown = std::min<std::size_t>(100, newest.size());
  out.incidents.assign(newest.end() - static_cast<std::ptrdiff_t>(shown), newest.end());
  out.incidents_total = incidents_.total();
  out.classes = classes_.names();
  out.features = features_;
  if (late_) late_->report(out.late_labels.emplace());
}

}  // namespace rekindle
