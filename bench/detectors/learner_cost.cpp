#include "bench/detectors/learner_cost.hpp"

#include <fmt/format.h>

#include <random>
#include <vector>

#include "bench/choose.hpp"
#include "bench/detectors/cpu_time.hpp"
#include "learner/learner.hpp"

namespace rekindle::bench {
namespace {

constexpr std::size_t features = 20;
constexpr std::size_t count = 4000;  // Learned again and again: they stay in the cache, as decoded samples would.

LearnerSpec spec_of(Watched watched, const std::string& detector) {
  LearnerSpec spec;
  spec.schema.task = Task::binary;
  spec.schema.label = "y";
  spec.member.loss = choose(losses(), "logistic");
  spec.member.optimizer = choose(optimizers(), "sgd", {}, common_optimizer_parameters());
  spec.member.schedule.schedule = choose(schedules(), "constant");
  spec.member.schedule.lr = 0.02;
  spec.drift.policy = find_row(policies(), detector == "none" ? "none" : "alarm");
  if (watched == Watched::leanest) {
    spec.shadow = false;
  } else {
    spec.mode = LearnerMode::portfolio;
  }
  spec.drift.detectors.clear();
  if (detector != "none") spec.drift.detectors = {{detector, DriftInput::automatic, choose(detectors(), detector)}};
  return spec;
}

std::vector<Sample> samples() {
  std::mt19937_64 draw(1);
  std::normal_distribution<double> normal;
  std::vector<double> weights(features);
  for (auto& weight : weights) weight = normal(draw);
  std::vector<Sample> out(count);
  for (auto& sample : out) {
    double score = normal(draw);
    for (const double weight : weights) {
      sample.values.push_back(normal(draw));
      score += weight * sample.values.back();
    }
    sample.label = {Label::Kind::text, 0, score > 0 ? "1" : "0"};
  }
  return out;
}

}  // namespace

double learner_cost(Watched watched, const std::string& detector, double seconds) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < features; ++j) names.push_back(fmt::format("x{}", j));
  const auto given = samples();
  Learner learner(spec_of(watched, detector), names);
  Rejection why;
  for (const auto& sample : given) static_cast<void>(learner.observe(sample, why));
  std::size_t learned = 0;
  const double begun = cpu_seconds();
  double now = begun;
  for (; now - begun < seconds; now = cpu_seconds()) {
    for (const auto& sample : given) static_cast<void>(learner.observe(sample, why));
    learned += given.size();
  }
  return 1e9 * (now - begun) / static_cast<double>(learned);
}

}  // namespace rekindle::bench
