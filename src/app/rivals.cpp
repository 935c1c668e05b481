#include "app/rivals.hpp"

#include <fmt/format.h>

#include <cmath>

namespace rekindle {

namespace {

constexpr int constant_rates = 12;
constexpr double lowest_rate = 1e-4;
constexpr double highest_rate = 1;

double loss_of(const Learner& learner) { return learner.scores().metrics().front().second.value_or(0); }

}  // namespace

LearnerSpec with_constant_rate(LearnerSpec spec, double lr) {
  spec.mode = LearnerMode::single;
  auto& schedule = spec.member.schedule;
  schedule = {};
  schedule.lr = lr;
  schedule.schedule.row = find_row(schedules(), "constant");
  schedule.schedule.parameters.set("factor", Value(1.0));
  schedule.schedule.parameters.set("total_iters", Value(0.0));
  return spec;
}

std::vector<std::pair<std::string, LearnerSpec>> rival_specs(const LearnerSpec& spec) {
  auto quiet = spec;
  quiet.drift.policy = find_row(policies(), "none");
  std::vector<std::pair<std::string, LearnerSpec>> all = {{"no response", quiet}};
  for (int i = 0; i < constant_rates; ++i) {
    // Two digits: these are rates to read and to write down.
    const double lr = std::stod(fmt::format("{:.2g}", lowest_rate * std::pow(highest_rate / lowest_rate, i / (constant_rates - 1.0))));
    all.emplace_back(fmt::format("constant lr={}", lr), with_constant_rate(quiet, lr));
  }
  return all;
}

void Rivals::start(const Learner& learner) {
  for (auto& [name, spec] : rival_specs(spec_)) learners_.push_back(std::make_unique<Learner>(std::move(spec), learner.features()));
}

void Rivals::observed(const Sample& sample, const Outcome& /*outcome*/, const Learner& learner) {
  if (learners_.empty()) start(learner);
  Rejection ignored;
  for (auto& rival : learners_) (void)rival->observe(sample, ignored);
}

void Rivals::label_observed(const LabelRecord& label, const Outcome& /*outcome*/, const Learner& learner) {
  if (learners_.empty()) start(learner);
  Rejection ignored;
  for (auto& rival : learners_) (void)rival->observe_label(label, ignored);
}

const Learner* Rivals::best_constant() const {
  const Learner* best = nullptr;
  const auto score = [](const Learner& one) {
    return one.spec().schema.is_classification() ? -one.scores().metrics()[1].second.value_or(0) : loss_of(one);
  };
  for (std::size_t i = 1; i < learners_.size(); ++i) {
    if (best == nullptr || score(*learners_[i]) < score(*best)) best = learners_[i].get();
  }
  return best;
}

}  // namespace rekindle
