#include "learner/frozen_model.hpp"

#include "learner/learner.hpp"

namespace rekindle {

FrozenModel::FrozenModel(std::unique_ptr<Member> member, const Learner& learner, std::vector<std::string> classes)
    : member_(std::move(member)),
      precision_(learner.spec().member.precision),
      categories_(learner.categories()),
      scaler_(learner.scaler()),
      features_(learner.features()),
      classes_(std::move(classes)),
      learned_(learner.counters().learned) {}

template <class Real>
void FrozenModel::enter(const Sample& sample) {
  scaler_.transform(sample.values, x_.resize<Real>(sample.values.size()));
  const bool encoded = !sample.categories.empty();
  if (encoded) categories_.encode(sample.categories, sparse_, /*frozen=*/true);
  x_.set_sparse<Real>(encoded ? sparse_ : sample.sparse);
}

void FrozenModel::predict(const Sample& sample, Prediction& out) {
  if (precision_ == Precision::float64) {
    enter<double>(sample);
  } else {
    enter<float>(sample);
  }
  x_.offset = sample.offset;
  member_->predict(x_, out);
}

std::vector<std::string> FrozenModel::inputs() const {
  auto names = features_;
  for (const auto& name : categories_.names()) names.push_back(name);
  return names;
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
  auto member = make_champion(spec, learner.features().size(), classes.size());
  ByteWriter saved;
  learner.champion().save_model(saved);
  ByteReader reader(saved.bytes());
  member->load_model(reader);
  // A binary task that has not seen both classes yet predicts all the same.
  if (spec.schema.task == Task::binary && classes.empty()) classes = {"0", "1"};
  if (spec.schema.task == Task::binary && classes.size() == 1) classes.emplace_back("other");
  return std::make_unique<FrozenModel>(std::move(member), learner, std::move(classes));
}

}  // namespace rekindle
