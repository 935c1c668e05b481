// LearnerSpec: everything a learner is built from, after the configuration has been checked.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/categories.hpp"
#include "data/scaler.hpp"
#include "data/schema.hpp"
#include "drift/detector.hpp"
#include "drift/policy.hpp"
#include "model/input.hpp"
#include "model/loss.hpp"
#include "model/make_model.hpp"
#include "optimizer/optimizer.hpp"
#include "schedule/schedule.hpp"
#include "schedule/warmup.hpp"

namespace rekindle {

// The 16-bit ones compute in that, with weights, accumulators and steps in float32.
enum class Precision : std::uint8_t { float32, float64, bfloat16, float16 };
[[nodiscard]] std::string to_string(Precision precision);

enum class StepUnit : std::uint8_t { updates, samples, epochs, seconds };

struct ScheduleSpec {
  Choice<ScheduleRow> schedule;
  double lr = 0.01;  // The base rate, resolved.
  Warmup warmup;
  StepUnit unit = StepUnit::updates;
  double epoch_samples = 10'000;
  double lr_min = 0;
  double lr_max = 1e9;
  double scale = 1;  // Factor on every rate, for the batch size.

  // Two specs with the same identity give the same rate at every step.
  [[nodiscard]] std::string identity() const;
};

// The highest rate of the schedule itself, as far as ten million steps show it.
[[nodiscard]] double peak_rate(const ScheduleSpec& spec);

// `learner.plateau_bump`: a raise of the rate when the loss stands still.
struct PlateauBumpSpec {
  std::uint64_t patience = 0;  // Updates without improvement; 0: off.
  double factor = 2;
  double max_lr = 1;
  double decay_stretch = 2;
};

// `learner.guard`.
struct GuardSpec {
  double loss_factor = 10;
  double lr_factor = 0.5;
  bool rollback = true;
};

// `schedule.cooldown`.
struct CooldownSpec {
  std::uint64_t steps = 0;  // Updates; 0: off.
  double momentum = 0.5;
};

// What reacts to the learning itself, beside the schedule.
struct ControlsSpec {
  PlateauBumpSpec plateau_bump;
  GuardSpec guard;
  CooldownSpec cooldown;
};

// How one layer learns, where that is not as the others do.
struct LayerSpec {
  std::string name;  // hidden.0, hidden.1, ..., output
  double lr_multiplier = 1;
  bool frozen = false;
  std::uint64_t unfreeze_at = 0;  // The update before which a frozen layer thaws; 0: never.
  double unfreeze_bump = 1;       // Factor on its rate at that update, going linearly to 1 over `unfreeze_bump_updates`.
  std::uint64_t unfreeze_bump_updates = 1000;
  std::optional<double> weight_decay;
  std::optional<ScheduleSpec> schedule;
};

struct MemberSpec {
  ModelSpec model;
  std::vector<LayerSpec> layers;                            // Those that the configuration names.
  std::shared_ptr<const std::vector<NamedTensor>> initial;  // First weights from elsewhere, of some or all layers.
  Precision precision = Precision::float32;
  Choice<LossRow> loss;
  Choice<OptimizerRow> optimizer;
  ScheduleSpec schedule;
  ControlsSpec controls;
  std::uint64_t reset_every = 0;
};

enum class DriftInput : std::uint8_t { automatic, error, loss, gradient_norm, prediction, rank, feature };
inline constexpr std::array<const char*, 7> drift_input_names = {"auto", "error", "loss", "gradient_norm", "prediction", "rank", "feature"};
enum class DriftDirection : std::uint8_t { rises, falls, both };

struct DetectorSpec {
  std::string name;  // Unique; the type, with a number where there are several.
  DriftInput on = DriftInput::automatic;
  Choice<DetectorRow> detector;
  std::string feature = {};         // Its name, where `on` is one.
  std::uint64_t rank_window = 200;  // Samples of the other class that a rank is taken among.
};

// `drift.trial`.
struct TrialSpec {
  std::uint64_t samples = 3000;  // Length of the probation.
  std::uint64_t earliest = 100;  // Before which nothing is swapped.
  double fade = 0.99;            // Of the losses that are compared.
  std::uint64_t memory = 5;      // Archived champions.
};

enum class LearnerMode : std::uint8_t { single, portfolio };
enum class PortfolioBudget : std::uint8_t { full, lite };
// single | portfolio full | portfolio lite
[[nodiscard]] std::string to_string(LearnerMode mode, PortfolioBudget budget);

struct DriftSpec {
  const PolicyRow* policy = nullptr;
  DriftDirection direction = DriftDirection::rises;
  std::uint64_t cooldown = 1000;
  std::uint64_t max_per_million = 100;
  std::uint64_t votes = 1;
  std::vector<DetectorSpec> detectors;
  ResponseTable responses;
  TrialSpec trial;
};

// Labels that come later, in records of their own.
struct LateLabelSpec {
  bool on = false;
  std::int64_t timeout_ms = 3'600'000;            // Of event time.
  std::uint64_t bytes = std::uint64_t{64} << 20;  // Bound of what waits.
  std::optional<std::string> on_timeout = {};     // The class that a sample without a label is learned as; nothing: none.
};

struct LearnerSpec {
  std::uint64_t seed = 42;
  Schema schema;
  ScaleKind scale = ScaleKind::fading;
  double fading_alpha = 0.001;
  CategorySpec categories;
  std::optional<std::size_t> sparse_coordinates;        // InputShape::sparse
  std::uint64_t memory_limit = std::uint64_t{2} << 30;  // Bytes: memory_need.hpp
  LearnerMode mode = LearnerMode::single;
  PortfolioBudget budget = PortfolioBudget::full;
  MemberSpec member;  // Of a portfolio only the model, its loss and its precision.
  std::uint64_t batch_size = 1;
  std::uint64_t validation_every = 0;
  bool shadow = true;
  DriftSpec drift;
  LateLabelSpec late;

  [[nodiscard]] InputShape inputs(std::size_t features) const { return {features, sparse_coordinates}; }
};

}  // namespace rekindle
