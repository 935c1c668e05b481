// Learners for tests: a spec from a few words, and samples from a generated stream.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "connectors/generate/streams.hpp"
#include "learner/learner.hpp"
#include "support/choices.hpp"

namespace rekindle::test {

struct Recipe {
  Task task = Task::binary;
  std::vector<std::string> classes;
  std::vector<std::string> schema_features;  // As the configuration names them.
  ScaleKind scale = ScaleKind::fading;
  std::optional<std::size_t> sparse_coordinates;
  std::optional<Encoding> encoding;  // Of two categorical fields and their pair.
  Precision precision = Precision::float32;
  ModelSpec model;
  std::vector<LayerSpec> layers;
  std::string optimizer = "rmsprop";
  Entries optimizer_parameters;
  std::uint64_t reset_every = 0;
  std::string schedule = "cosine_restarts";
  Entries schedule_parameters = {{"T_0", 5000.0}, {"T_mult", 2.0}, {"eta_min", 0.001}};
  double lr = 0.05;
  Warmup warmup;
  StepUnit unit = StepUnit::updates;
  double epoch_samples = 10'000;
  double lr_min = 0;
  double lr_max = 1e9;
  double scale_lr = 1;
  ControlsSpec controls;
  std::string policy = "restart";
  DriftDirection direction = DriftDirection::rises;
  std::uint64_t cooldown = 1000;
  std::uint64_t max_per_million = 100;
  std::uint64_t batch_size = 1;
  std::uint64_t validation_every = 0;
  bool shadow = true;
  Entries detector_parameters;
  LearnerMode mode = LearnerMode::single;
  PortfolioBudget budget = PortfolioBudget::full;
  ResponseTable responses;
  TrialSpec trial;
};

[[nodiscard]] inline LearnerSpec spec_of(const Recipe& recipe) {
  LearnerSpec spec;
  spec.schema.task = recipe.task;
  spec.schema.label = "y";
  spec.schema.weight = "w";
  spec.schema.classes = recipe.classes;
  spec.schema.features = recipe.schema_features;
  spec.scale = recipe.scale;
  spec.sparse_coordinates = recipe.sparse_coordinates;
  if (recipe.encoding) {
    spec.schema.categorical = {"kind", "colour"};
    spec.categories = {spec.schema.categorical, {{0, 1}}, *recipe.encoding, 7};
    spec.sparse_coordinates = *recipe.encoding == Encoding::hash ? 128 : 0;
  }
  spec.member.precision = recipe.precision;
  spec.member.model = recipe.model;
  spec.member.layers = recipe.layers;
  const char* loss = recipe.task == Task::regression ? "squared" : (recipe.task == Task::binary ? "logistic" : "softmax");
  spec.member.loss = choose(losses(), loss, {});
  spec.member.optimizer = choose_optimizer(recipe.optimizer, recipe.optimizer_parameters);
  spec.member.reset_every = recipe.reset_every;
  auto& schedule = spec.member.schedule;
  schedule.schedule = choose(schedules(), recipe.schedule, table(recipe.schedule_parameters));
  schedule.lr = recipe.lr;
  schedule.warmup = recipe.warmup;
  schedule.unit = recipe.unit;
  schedule.epoch_samples = recipe.epoch_samples;
  schedule.lr_min = recipe.lr_min;
  schedule.lr_max = recipe.lr_max;
  schedule.scale = recipe.scale_lr;
  spec.member.controls = recipe.controls;
  spec.batch_size = recipe.batch_size;
  spec.validation_every = recipe.validation_every;
  spec.shadow = recipe.shadow;
  spec.drift.policy = find_row(policies(), recipe.policy);
  spec.drift.responses = recipe.responses;
  spec.drift.trial = recipe.trial;
  spec.mode = recipe.mode;
  spec.budget = recipe.budget;
  spec.drift.direction = recipe.direction;
  spec.drift.cooldown = recipe.cooldown;
  spec.drift.max_per_million = recipe.max_per_million;
  spec.drift.detectors = {{"adwin", DriftInput::automatic, choose(detectors(), "adwin", table(recipe.detector_parameters))}};
  return spec;
}

[[nodiscard]] inline std::vector<std::string> feature_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < count; ++j) names.push_back(fmt::format("x{}", j));
  return names;
}

[[nodiscard]] inline Learner learner_of(const Recipe& recipe, std::size_t features = 5) {
  return {spec_of(recipe), feature_names(features)};
}

[[nodiscard]] inline Sample sample(std::vector<double> values) {
  Sample out;
  out.values = std::move(values);
  return out;
}
[[nodiscard]] inline Sample sample(std::vector<double> values, double label) {
  auto out = sample(std::move(values));
  out.label = {Label::Kind::number, label, {}};
  return out;
}
// The text must outlive the sample.
[[nodiscard]] inline Sample sample(std::vector<double> values, std::string_view label) {
  auto out = sample(std::move(values));
  out.label = {Label::Kind::text, 0, label};
  return out;
}

// The first `count` samples of a generated stream.
[[nodiscard]] inline std::vector<Sample> samples_of(LogisticStreamOptions options, std::size_t count) {
  LogisticStream stream(std::move(options));
  std::vector<Sample> out;
  for (std::size_t i = 0; i < count; ++i) {
    stream.next();
    out.push_back(sample(stream.values(), stream.label()));
  }
  return out;
}

// Learns one sample that is known to be good.
inline Outcome learn(Learner& learner, const Sample& one) {
  Rejection why;
  const auto outcome = learner.observe(one, why);
  EXPECT_TRUE(outcome.accepted) << why.detail;
  return outcome;
}

// Every event of the newest sample, a line each: "12 drift moderate", "12 restart drift", ...
[[nodiscard]] inline std::string events_of(const Learner& learner) {
  std::string out;
  for (const auto& event : learner.events()) {
    if (const auto* opened = std::get_if<IncidentOpened>(&event)) {
      out += fmt::format("{} drift {} {}\n", opened->incident.sample, opened->incident.severity, opened->incident.response);
    } else if (const auto* recovered = std::get_if<IncidentRecovered>(&event)) {
      out += fmt::format("{} recovered from {}\n", learner.counters().samples - 1, recovered->incident.sample);
    } else if (const auto* restarted = std::get_if<LearningRateRestarted>(&event)) {
      out += fmt::format("{} restart {}\n", restarted->sample, restarted->reason);
    } else if (const auto* reset = std::get_if<OptimizerReset>(&event)) {
      out += fmt::format("{} reset {}\n", reset->sample, reset->reason);
    } else if (const auto* skipped = std::get_if<UpdateSkipped>(&event)) {
      out += fmt::format("{} skipped\n", skipped->sample);
    } else if (const auto* diverged = std::get_if<Diverged>(&event)) {
      out += fmt::format("{} diverged{}{}\n", diverged->sample, diverged->rolled_back ? " rollback" : "", diverged->held ? " hold" : "");
    } else if (const auto* plateau = std::get_if<PlateauMet>(&event)) {
      out += fmt::format("{} {}\n", plateau->sample, plateau->answer());
    } else if (const auto* added = std::get_if<ClassAdded>(&event)) {
      out += fmt::format("{} class {} {}\n", added->sample, added->name, added->index);
    } else if (const auto* replaced = std::get_if<ChampionReplaced>(&event)) {
      out += fmt::format("{} replaced by {}\n", replaced->sample, replaced->by);
    } else if (const auto* undone = std::get_if<ResponseRolledBack>(&event)) {
      out += fmt::format("{} rolled back {}\n", undone->sample, undone->reason);
    } else if (const auto* commanded = std::get_if<LearningRateCommanded>(&event)) {
      out += fmt::format("{} {}\n", commanded->sample, commanded->command);
    }
  }
  return out;
}

[[nodiscard]] inline std::string learn_all(Learner& learner, std::span<const Sample> samples) {
  std::string events;
  for (const auto& one : samples) {
    (void)learn(learner, one);
    events += events_of(learner);
  }
  return events;
}

[[nodiscard]] inline std::vector<double> weights_of(const Learner& learner) {
  std::vector<double> out;
  for (const auto& tensor : learner.champion().tensors()) out.insert(out.end(), tensor.values.begin(), tensor.values.end());
  return out;
}

[[nodiscard]] inline double metric(const Learner& learner, const std::string& name) {
  for (const auto& [key, value] : learner.scores().metrics()) {
    if (key == name) return value.value_or(-1);
  }
  ADD_FAILURE() << "no metric " << name;
  return -1;
}

[[nodiscard]] inline std::vector<std::byte> section_of(const Learner& learner, const std::string& name) {
  return find_section(learner.save(), name)->bytes;
}

}  // namespace rekindle::test
