#include "learner/frozen_model.hpp"

#include "learner/learner.hpp"

namespace rekindle {

FrozenModel::FrozenModel(std::unique_ptr<Member> member, Precision precision, Scaler scaler, std::vector<std::string> features,
                         std::vector<std::string> classes, std::uint64_t learned)
    : member_(std::move(member)),
      precision_(precision),
      scaler_(std::move(scaler)),
      features_(std::move(features)),
      classes_(std::move(classes)),
      learned_(learned) {}

void FrozenModel::predict(const Sample& sample, Prediction& out) {
  const auto size = sample.values.size();
  if (precision_ == Precision::float32) {
    scaler_.transform(sample.values, x_.resize<float>(size));
  } else {
    scaler_.transform(sample.values, x_.resize<double>(size));
  }
  member_->predict(x_, out);
}

double rate_ahead(const Learner& learner, std::uint64_t updates) {
  const auto& spec = learner.spec();
  if (spec.member.schedule.unit == StepUnit::seconds) return learner.lr();
  StepClock later;
  later.updates = learner.counters().updates + updates;
  later.samples = learner.counters().learned + updates * spec.batch_size;
  return learner.champion().rate(later);
}

// A member has no copy; its saved form has everything that a prediction depends on.
std::unique_ptr<FrozenModel> freeze(const Learner& learner) {
  const auto& spec = learner.spec();
  auto classes = learner.classes();
  auto member = make_member(spec.member, spec.schema.task, learner.features().size(), classes.size(), spec.batch_size);
  ByteWriter saved;
  learner.champion().save_model(saved);
  ByteReader reader(saved.bytes());
  member->load_model(reader);
  // A binary task that has not seen both classes yet predicts all the same.
  if (spec.schema.task == Task::binary && classes.empty()) classes = {"0", "1"};
  if (spec.schema.task == Task::binary && classes.size() == 1) classes.emplace_back("other");
  return std::make_unique<FrozenModel>(std::move(member), spec.member.precision, learner.scaler(), learner.features(), std::move(classes),
                                       learner.counters().learned);
}

}  // namespace rekindle
