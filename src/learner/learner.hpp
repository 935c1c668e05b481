// Learner: the core. Every sample is predicted, then scored against its label, then watched for drift, then learned.
//
// Pure: no clock, no thread, no I/O, no randomness outside its state. The same samples in the same order give the same
// bytes, across any save and load. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "data/categories.hpp"
#include "data/classes.hpp"
#include "data/common_state.hpp"
#include "data/event.hpp"
#include "data/sample.hpp"
#include "data/section.hpp"
#include "data/status.hpp"
#include "drift/kind.hpp"
#include "drift/severity.hpp"
#include "learner/archive.hpp"
#include "learner/drift_monitor.hpp"
#include "learner/forgetting.hpp"
#include "learner/health_monitor.hpp"
#include "learner/held_sample.hpp"
#include "learner/incident_log.hpp"
#include "learner/incumbent.hpp"
#include "learner/label_join.hpp"
#include "learner/member.hpp"
#include "learner/member_image.hpp"
#include "learner/memory_need.hpp"
#include "learner/portfolio.hpp"
#include "learner/scores.hpp"
#include "learner/spec.hpp"
#include "learner/trial.hpp"

namespace rekindle {

// What became of one sample. The prediction and the events stay valid until the next call.
struct Outcome {
  bool accepted = false;  // False: the sample cannot be learned; `Rejection` says why.
  bool labelled = false;
  bool held_out = false;
  bool updated = false;
  double loss = 0;
  double error = 0;   // Classification: 0 or 1. Regression: the absolute error.
  double target = 0;  // The value, or the class's index.
  double lr = 0;      // That applied to this sample.
};

struct LearnerCounters {
  std::uint64_t samples = 0;
  std::uint64_t labelled = 0;
  std::uint64_t learned = 0;
  std::uint64_t predicted_only = 0;
  std::uint64_t held_out = 0;
  std::uint64_t rejected = 0;
  std::uint64_t updates = 0;
  std::uint64_t nonfinite_updates = 0;
  std::uint64_t divergences = 0;
  std::uint64_t guard_rollbacks = 0;  // Of the divergences.
  std::uint64_t plateau_bumps = 0;
  std::uint64_t replacements = 0;
  std::uint64_t rollbacks = 0;
  std::array<std::uint64_t, restart_reason_names.size()> restarts{};  // In the order of `restart_reason_names`.
  std::array<std::uint64_t, reset_reason_names.size()> resets{};

  [[nodiscard]] std::uint64_t restarts_total() const;
  [[nodiscard]] std::uint64_t resets_total() const;
};

// A label that comes in a record of its own.
struct LabelRecord {
  std::string_view id;
  Label label;
  std::int64_t time_ms = 0;  // Event time.
};

class Learner {
 public:
  // `features` are the names in the order of `Sample::values`.
  Learner(LearnerSpec spec, std::vector<std::string> features);

  // The sample that comes after the one to be observed now, where it is known already: what it will touch is fetched meanwhile. May be
  // left out, and changes nothing.
  void expect(const Sample& next) const {
    if (spec_.schema.categorical.empty()) champion_->expect(next.sparse);  // Whose coordinates only `observe` gives out.
  }

  // Predicts, scores, watches and learns. Events of this sample are in `events()` afterwards.
  [[nodiscard]] Outcome observe(const Sample& sample, Rejection& why);

  // With `LateLabelSpec::on`, where a sample without a label waits for it. The sample is learned with the model of now; it is scored by
  // what was predicted when it came, and so are the outcome and `prediction`. The detectors and all that judges the schedule see the
  // error that the model of now makes: what an old model said says nothing of the present one. Not accepted: `why` says what is
  // wrong with the label. A label is no sample: it is not counted among them.
  [[nodiscard]] Outcome observe_label(const LabelRecord& record, Rejection& why);
  // The sample that the last `observe_label` learned, its label included; null: none.
  [[nodiscard]] const Sample* joined() const { return joined_ ? &held_.sample() : nullptr; }
  // A record that never became a label still counts.
  void count_unusable_label();

  // A record that never became a sample still counts.
  void count_rejected();

  [[nodiscard]] const Prediction& prediction() const { return prediction_; }
  [[nodiscard]] std::span<const Event> events() const { return events_; }

  // An operator's commands; they take effect before the next sample.
  void restart();
  void reset();
  // False, and nothing done: the rate is at its bound already, or the factor is not above 1.
  [[nodiscard]] bool bump(double factor);
  void pin(double lr);  // The rate until `unpin`, within the schedule's bounds.
  void unpin();
  // Undoes the newest response, whether it was made on a drift or by a command. False: there is none to undo.
  [[nodiscard]] bool rollback();

  // For a group of learners that learn as one: what they share, and taking what the group has agreed on in its place. Scores,
  // accumulators and detectors stay its own. False: not of this learner's shape, or not finite; nothing was taken.
  [[nodiscard]] CommonState common() const;
  [[nodiscard]] bool adopt(const CommonState& common);
  // A group's answer to a drift, without a trial: the schedule's controls start anew, and so much of the accumulators goes.
  void carry_out(bool restart, double forget);

  [[nodiscard]] const std::vector<std::string>& features() const { return features_; }
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_.names(); }
  [[nodiscard]] const LearnerCounters& counters() const { return counters_; }
  [[nodiscard]] const Scores& scores() const { return scores_; }
  // Those of the scores, and the incumbent's where the schema names one.
  [[nodiscard]] NamedMetrics metrics() const;
  [[nodiscard]] const IncidentLog& incidents() const { return incidents_; }
  [[nodiscard]] const LearnerSpec& spec() const { return spec_; }
  [[nodiscard]] const Member& champion() const { return *champion_; }
  // Empty in single mode.
  [[nodiscard]] std::vector<MemberStatus> members() const;
  // One more like the champion, new.
  [[nodiscard]] std::unique_ptr<Member> make_another() const;
  [[nodiscard]] const Scaler& scaler() const { return scaler_; }
  [[nodiscard]] const CategoryEncoder& categories() const { return categories_; }
  [[nodiscard]] double lr() const { return champion_->rate(clock_); }
  void report(LearnerStatus& out) const;

  // The whole learning state, in a fixed order. Nothing in it tells position, clock time, file names.
  [[nodiscard]] std::vector<StateSection> save() const;
  // What the configuration changed is adapted along `plan_adaptation`; `notes` gets a line for each change.
  [[nodiscard]] Status restore(std::span<const StateSection> sections, std::vector<std::string>& notes);
  // XXH3-128 of the saved state, 32 hexadecimal digits.
  [[nodiscard]] std::string state_hash() const;

 private:
  void predict(const Sample& sample);
  void enter_features(const Sample& sample);
  // Labels that come later: late_labels.cpp.
  void pass_time(std::int64_t time_ms);
  void wait_for_label(const Sample& sample);
  void learn_timed_out(const LabelJoin::TimedOut& timed_out);
  [[nodiscard]] std::optional<double> timeout_target();
  [[nodiscard]] double probability_of_another_class(double target);
  [[nodiscard]] Outcome learn_held(double target, double factor, bool scored);
  void judge_held(Outcome& outcome);
  void join(const Sample& sample, Outcome& outcome);
  [[nodiscard]] std::span<const SparseEntry> sparse_of(const Sample& sample);
  [[nodiscard]] bool bind_label(const Label& label, double& target, Rejection& why);
  void judge(double target, Outcome& outcome);
  void welcome_class();
  void watch(const Sample& sample, const Outcome& outcome, bool late = false);
  void look_for_drift(const Sample& sample, const Outcome& outcome, bool late = false);
  void follow_kind(double evidence);
  void measure_forgetting();
  [[nodiscard]] DriftKind begin_kind(DriftInput on);
  void open_incident(const Sample& sample, const Alarm& alarm);
  void respond(const Response& response, Incident& incident);
  void respond_to_kind();
  void renew_portfolio();
  void begin_trial(const Response& response, Incident& incident);
  void add_challenger(Challenger kind, double warmup);
  void try_challengers(const Sample& sample, const Outcome& outcome);
  void judge_challengers();
  void crown(TrialRole role, double lr_before);
  void finish_trial();
  void bump_rate(double factor, double stretch);
  void keep_for_rollback(const Member& member);
  void set_pin(std::optional<double> pinned, const char* command);
  void enthrone(std::unique_ptr<Member> member);
  [[nodiscard]] std::unique_ptr<Member> copy_of_champion() const;
  [[nodiscard]] std::unique_ptr<Member> revived(const MemberImage& image) const;
  void learn(const Sample& sample, Outcome& outcome);
  void tell_controls(const Lesson& lesson, double lr_before);
  [[nodiscard]] std::uint64_t event_sample(bool command) const;
  void restart_rate(std::size_t reason, double warmup);
  void reset_optimizer(std::size_t reason, double fraction);
  void save_counters(ByteWriter& out) const;
  void load_counters(ByteReader& in);
  void save_trial(ByteWriter& out) const;
  void load_trial(ByteReader& in);
  [[nodiscard]] Status load_forgetting(std::span<const StateSection> sections);
  [[nodiscard]] Status load_late_labels(std::span<const StateSection> sections);
  [[nodiscard]] Status take_model(std::span<const StateSection> sections, const std::string& saved_mode);

  // Indices into `restart_reason_names` and `reset_reason_names`.
  static constexpr std::size_t by_drift = 0;
  static constexpr std::size_t by_command = 1;
  static constexpr std::size_t by_period = 2;

  LearnerSpec spec_;
  std::vector<std::string> features_;
  ClassTable classes_;
  Scaler scaler_;
  CategoryEncoder categories_;
  MemoryNeed memory_need_;
  std::unique_ptr<Member> champion_;
  Portfolio* portfolio_ = nullptr;  // The champion, where it is one.
  Trial trial_;
  std::uint64_t trial_incident_ = 0;  // Its id.
  Archive archive_;
  MemberImage rollback_;  // The champion before the newest response.
  Scores scores_;
  IncumbentScores incumbent_;
  std::unique_ptr<const DriftPolicy> policy_;
  DriftMonitor monitor_;
  SeverityEstimate severity_;
  DriftKindEstimate kind_;
  FadingMean fast_loss_{1.0 / 50};
  FadingMean slow_loss_{1.0 / 2000};
  IncidentLog incidents_;
  HealthMonitor health_;
  Forgetting forgetting_;
  Random random_;
  LearnerCounters counters_;
  std::array<std::uint64_t, 4> responses_{};
  StepClock clock_;
  double gradient_norm_ = 0;

  std::optional<LabelJoin> late_;
  std::unique_ptr<const Loss> loss_;  // With `late_`: of what was predicted before.

  // Buffers, reused; not state.
  HeldSample held_;
  std::vector<double> slopes_;
  ByteWriter holding_;
  bool joined_ = false;
  Features x_;
  std::vector<SparseEntry> entries_;
  Prediction prediction_;
  std::vector<Event> events_;
};

// By the mode: a portfolio or a single member.
[[nodiscard]] std::unique_ptr<Member> make_champion(const LearnerSpec& spec, std::size_t features, std::size_t classes);

}  // namespace rekindle
