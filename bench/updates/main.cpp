// What one update costs: ours beside the plain Eigen loop that does the same and nothing else.
//   updates SAMPLES OPTIMIZER LR UPDATES [UNITS,OF,HIDDEN,LAYERS [BATCH]]
// (WHO in the environment: one of them alone, for a profiler)
// With a BATCH there is no plain loop, and an update is a sample's share of it.
// Prints for each who took part: its name, nanoseconds of CPU an update, mean loss of the first 1000 updates. peers.py calls it.
//   update   a Member: predict, loss, gradient, step, with what guards them (finite? diverged? the step can be undone)
//   learner  all that the daemon does to a decoded sample: scaling, scores, ADWIN, a shadow at a constant rate
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>

#include "bench/choose.hpp"
#include "bench/updates/plain.hpp"
#include "learner/learner.hpp"
#include "learner/member.hpp"

namespace rekindle::bench {
namespace {

constexpr std::size_t first_updates = 1000;  // Whose mean loss is shown.

double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

// `update(i)` learns sample i and returns its loss.
void measure(const std::string& name, const Samples& samples, std::size_t updates, const auto& update) {
  if (const char* who = std::getenv("WHO"); who != nullptr && name != who) return;
  double loss = 0;
  for (std::size_t i = 0; i < first_updates; ++i) loss += update(i % samples.labels.size());
  double rest = 0;
  const double begun = cpu_nanoseconds();
  for (std::size_t i = 0; i < updates; ++i) rest += update(i % samples.labels.size());
  const double each = (cpu_nanoseconds() - begun) / static_cast<double>(updates);
  if (!std::isfinite(rest)) std::exit(1);
  fmt::print("{} {:.1f} {:.6f}\n", name, each, loss / first_updates);
}

LearnerSpec spec_of(const Samples& samples, const std::string& optimizer, double lr, std::vector<std::size_t> hidden) {
  LearnerSpec spec;
  spec.schema.task = Task::binary;
  spec.schema.label = "y";
  spec.member.loss = choose(losses(), "logistic");
  spec.member.optimizer = choose(optimizers(), optimizer, {}, common_optimizer_parameters());
  spec.member.schedule.schedule = choose(schedules(), "constant");
  spec.member.schedule.lr = lr;
  if (!hidden.empty()) spec.member.model.kind = ModelKind::mlp;
  spec.member.model.hidden = std::move(hidden);
  if (samples.sparse) spec.sparse_coordinates = static_cast<std::size_t>(samples.width);
  spec.drift.policy = find_row(policies(), "graded");
  spec.drift.detectors = {{"adwin", DriftInput::automatic, choose(detectors(), "adwin")}};
  return spec;
}

std::vector<SparseEntry> entries_of(const Samples& samples, std::size_t i) {
  std::vector<SparseEntry> out;
  for (const auto index : samples.indexes[i]) {
    const auto value = samples.rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(out.size()));
    out.push_back({static_cast<std::uint32_t>(index), static_cast<double>(value)});
  }
  return out;
}

void measure_member(const Samples& samples, const LearnerSpec& spec, std::size_t updates) {
  const auto width = samples.sparse ? 0 : static_cast<std::size_t>(samples.width);
  std::vector<Features> features(samples.labels.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto dense = features[i].resize<float>(width);
    for (std::size_t j = 0; j < width; ++j) dense[j] = samples.rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
    features[i].set_sparse<float>(entries_of(samples, i));
  }
  const auto member = make_member(spec.member, Task::binary, spec.inputs(width), 2, spec.batch_size);
  StepClock clock;
  member->begin(clock);
  Prediction prediction;
  measure("update", samples, updates, [&](std::size_t i) {
    member->predict(features[i], prediction);
    const auto lesson = member->learn(features[i], static_cast<double>(samples.labels[i]), 1, clock);
    if (lesson.updated) ++clock.updates;
    ++clock.samples;
    return lesson.loss;
  });
}

void measure_learner(const Samples& samples, const LearnerSpec& spec, std::size_t updates) {
  std::vector<std::string> names;
  std::vector<Sample> given(samples.labels.size());
  for (Eigen::Index j = 0; !samples.sparse && j < samples.width; ++j) names.push_back(fmt::format("x{}", j));
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (std::size_t j = 0; j < names.size(); ++j)
      given[i].values.push_back(static_cast<double>(samples.rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j))));
    given[i].sparse = entries_of(samples, i);
    given[i].label = {Label::Kind::text, 0, samples.labels[i] > 0 ? "1" : "0"};
  }
  Learner learner(spec, names);
  Rejection why;
  measure("learner", samples, updates, [&](std::size_t i) { return learner.observe(given[i], why).loss; });
}

template <class Rule>
void measure_plain(const Samples& samples, const LearnerSpec& spec, std::size_t updates) {
  const auto rate = static_cast<float>(spec.member.schedule.lr);
  const auto run = [&](auto plain) { measure("eigen", samples, updates, [&](std::size_t i) { return plain.update(samples, i); }); };
  if (spec.member.model.kind == ModelKind::mlp) {
    const auto width = static_cast<std::size_t>(samples.width);
    run(PlainMlp<Rule>(rate, make_member(spec.member, Task::binary, spec.inputs(width), 2, 1)->tensors()));
  } else if (samples.sparse) {
    run(PlainSparse<Rule>(rate, samples));
  } else {
    run(PlainDense<Rule>(rate, samples));
  }
}

void measure_plain_of(const Samples& samples, const LearnerSpec& spec, std::size_t updates, const std::string& optimizer) {
  if (optimizer == "sgd") measure_plain<PlainSgd>(samples, spec, updates);
  if (optimizer == "adam") measure_plain<PlainAdam>(samples, spec, updates);
  if (optimizer == "adagrad") measure_plain<PlainAdagrad>(samples, spec, updates);
  if (optimizer == "ftrl") measure_plain<PlainFtrl>(samples, spec, updates);
}

std::vector<std::size_t> numbers(const char* text) {
  std::vector<std::size_t> out;
  for (char* end = nullptr; *text != '\0'; text = *end == ',' ? end + 1 : end) {
    out.push_back(std::strtoull(text, &end, 10));
    if (end == text) break;
  }
  return out;
}

int run(const std::string& path, const std::string& optimizer, double lr, std::size_t updates, const char* hidden, std::uint64_t batch) {
  const auto samples = read_samples(path);
  if (!samples) {
    fmt::print(stderr, "{}\n", samples.error().message);
    return 1;
  }
  auto spec = spec_of(*samples, optimizer, lr, numbers(hidden));
  spec.batch_size = batch;
  measure_member(*samples, spec, updates);
  if (batch == 1) measure_plain_of(*samples, spec, updates, optimizer);
  measure_learner(*samples, spec, updates);
  return 0;
}

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  if (count < 5) return 2;
  return rekindle::bench::run(arguments[1], arguments[2], std::strtod(arguments[3], nullptr), std::strtoull(arguments[4], nullptr, 10),
                              count > 5 ? arguments[5] : "", count > 6 ? std::strtoull(arguments[6], nullptr, 10) : 1);
}
