#include "learner/frozen_model.hpp"

#include "learner/learner.hpp"

namespace rekindle {

// A binary task that has not seen both classes yet predicts all the same.
FrozenModel::FrozenModel(FrozenParts parts, Task task) : parts_(std::move(parts)) {
  auto& classes = parts_.classes;
  if (task == Task::binary && classes.empty()) classes = {"0", "1"};
  if (task == Task::binary && classes.size() == 1) classes.emplace_back("other");
}

template <class Real>
void FrozenModel::enter(const Sample& sample) {
  parts_.scaler.transform(sample.values, x_.resize<Real>(sample.values.size()));
  const bool encoded = !sample.categories.empty();
  if (encoded) parts_.categories.encode(sample.categories, sparse_, /*frozen=*/true);
  x_.set_sparse<Real>(encoded ? sparse_ : sample.sparse);
}

void FrozenModel::predict(const Sample& sample, Prediction& out) {
  if (parts_.precision == Precision::float64) {
    enter<double>(sample);
  } else {
    enter<float>(sample);
  }
  x_.offset = sample.offset;
  parts_.member->predict(x_, out);
}

std::vector<std::string> FrozenModel::inputs() const {
  auto names = parts_.features;
  for (const auto& name : parts_.categories.names()) names.push_back(name);
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
  auto member = make_champion(spec, learner.features().size(), learner.classes().size());
  ByteWriter saved;
  learner.champion().save_model(saved);
  ByteReader reader(saved.bytes());
  member->load_model(reader);
  FrozenParts parts{std::move(member),  spec.member.precision, learner.categories(),      learner.scaler(),
                    learner.features(), learner.classes(),     learner.counters().learned};
  return std::make_unique<FrozenModel>(std::move(parts), spec.schema.task);
}

}  // namespace rekindle
