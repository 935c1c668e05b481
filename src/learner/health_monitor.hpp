// HealthMonitor: what can be said about the learning itself, beside its scores: the constant-rate shadow, held-out loss,
// swings, standstill, calibration, and the verdict on the schedule that follows.
#pragma once

#include <optional>

#include "data/status.hpp"
#include "learner/calibration.hpp"
#include "learner/loss_trend.hpp"
#include "learner/shadow.hpp"
#include "learner/verdict.hpp"

namespace rekindle {

// One labelled sample after the champion has dealt with it.
struct Observed {
  const Features& x;
  const Prediction& prediction;  // That was served.
  double target = 0;
  double weight = 1;
  double loss = 0;
  bool held_out = false;
  bool diverged = false;
};

class HealthMonitor {
 public:
  HealthMonitor(const LearnerSpec& spec, std::size_t features, std::size_t classes);

  void observe(const Observed& seen, std::size_t classes, const StepClock& now);
  // The schedule began again.
  void start_anew() { trend_.start_anew(); }
  void remap_features(const IndexMap& from);

  // `since_answered`: labelled samples since the last drift that something was done about.
  void report(const Member& champion, const StepClock& now, std::optional<std::uint64_t> since_answered, LearnerStatus& out) const;

  void save(ByteWriter& out) const;
  void save_shadow(ByteWriter& out) const;
  void load(ByteReader& in);
  // A shadow that was not there before begins where the champion is.
  void load_shadow(ByteReader& in, bool same_optimizer, const Member& champion);

 private:
  [[nodiscard]] HealthEvidence evidence(const Member& champion, const StepClock& now, const std::vector<LayerStatus>& layers) const;

  bool of_numbers_;
  bool beside_a_portfolio_;
  double base_lr_;
  double weight_decay_;
  std::optional<Shadow> shadow_;
  std::uint64_t labelled_ = 0;
  std::uint64_t last_divergence_ = 0;  // Labelled samples then; 0: none.
  FadingMeans<1> train_fast_{1.0 / 50};
  FadingMeans<2> train_slow_{1.0 / 2000};  // Loss and its square.
  FadingMeans<1> validation_fast_{1.0 / 50};
  FadingMeans<2> validation_slow_{1.0 / 2000};
  FadingMeans<3> compared_{1.0 / 500};  // Baseline, difference to it, its square.
  LossTrend trend_;
  LossTrend labels_;
  Calibration calibration_;
};

}  // namespace rekindle
