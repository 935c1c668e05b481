#include "app/rivals.hpp"

#include <cmath>

namespace rekindle {

namespace {

LearnerSpec with_constant_rate(LearnerSpec spec, double lr) {
  auto& schedule = spec.member.schedule;
  schedule = {};
  schedule.lr = lr;
  schedule.schedule.row = find_row(schedules(), "constant");
  schedule.schedule.parameters.set("factor", Value(1.0));
  schedule.schedule.parameters.set("total_iters", Value(0.0));
  return spec;
}

double loss_of(const Learner& learner) { return learner.scores().metrics().front().second.value_or(0); }

}  // namespace

void Rivals::start(const Learner& learner) {
  auto spec = spec_;
  spec.drift.policy = find_row(policies(), "none");
  learners_.push_back(std::make_unique<Learner>(spec, learner.features()));
  for (int i = 0; i < 12; ++i)
    learners_.push_back(std::make_unique<Learner>(with_constant_rate(spec, 1e-4 * std::pow(10, i * 4.0 / 11)), learner.features()));
}

void Rivals::observed(const Sample& sample, const Outcome& /*outcome*/, const Learner& learner) {
  if (learners_.empty()) start(learner);
  Rejection ignored;
  for (auto& rival : learners_) (void)rival->observe(sample, ignored);
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
