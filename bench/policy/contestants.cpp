#include "bench/policy/contestants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "bench/choose.hpp"
#include "learner/learner.hpp"

namespace rekindle::bench {

namespace {

LearnerSpec base_spec(std::size_t classes, std::uint64_t seed, std::size_t hidden) {
  LearnerSpec spec;
  spec.seed = seed;
  spec.member.model.seed = seed;
  if (hidden != 0) {
    spec.member.model.kind = ModelKind::mlp;
    spec.member.model.hidden = {hidden};
  }
  spec.schema.task = classes == 2 ? Task::binary : Task::multiclass;
  spec.schema.label = "y";
  spec.member.loss = choose(losses(), classes == 2 ? "logistic" : "softmax");
  spec.member.optimizer = choose(optimizers(), "rmsprop", {}, common_optimizer_parameters());
  spec.drift.policy = find_row(policies(), "graded");
  spec.drift.detectors = {{"adwin", DriftInput::automatic, choose(detectors(), "adwin")}};
  return spec;
}

void set_schedule(LearnerSpec& spec, const std::string& type, double lr, std::vector<std::pair<std::string, double>> given) {
  spec.member.schedule.schedule = choose(schedules(), type, std::move(given));
  spec.member.schedule.lr = lr;
}

void set_optimizer(LearnerSpec& spec, const std::string& type) {
  spec.member.optimizer = choose(optimizers(), type, {}, common_optimizer_parameters());
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void judge_alarms(const PolicyStream& stream, const std::vector<std::size_t>& alarms, PolicyRun& out) {
  std::vector<bool> found(stream.drifts.size(), false);
  double delays = 0;
  for (const auto alarm : alarms) {
    const auto after = std::ranges::upper_bound(stream.drifts, alarm);
    const bool near = after != stream.drifts.begin() && alarm < *(after - 1) + 2000;
    out.false_alarms += near || stream.kind == "real" || stream.kind == "gradual" ? 0 : 1;
    if (!near) continue;
    const auto which = static_cast<std::size_t>(after - 1 - stream.drifts.begin());
    if (!found[which]) delays += static_cast<double>(alarm - *(after - 1));
    found[which] = true;
  }
  out.alarms = alarms.size();
  out.found = static_cast<std::size_t>(std::ranges::count(found, true));
  out.delay = out.found == 0 ? 0 : delays / static_cast<double>(out.found);
}

// Beyond the error in the 2000 samples before each drift.
double cost_of_drifts(const PolicyStream& stream, const std::vector<bool>& wrong) {
  double cost = 0;
  for (const auto drift : stream.drifts) {
    for (std::size_t i = 0; i < 2000; ++i) {
      if (drift + i < wrong.size()) cost += wrong[drift + i] ? 1 : 0;
      cost -= wrong[drift - 2000 + i] ? 1 : 0;
    }
  }
  return stream.drifts.empty() ? 0 : cost / static_cast<double>(stream.drifts.size());
}

}  // namespace

LearnerSpec portfolio_spec(std::size_t classes, std::uint64_t seed, const std::string& policy) {
  auto spec = base_spec(classes, seed, 0);
  set_schedule(spec, "constant", 0.1, {});
  spec.mode = LearnerMode::portfolio;
  spec.drift.policy = find_row(policies(), policy);
  return spec;
}

LearnerSpec decaying_spec(std::size_t classes, std::uint64_t seed, const std::string& policy) {
  auto spec = base_spec(classes, seed, 0);
  set_schedule(spec, "cosine", 0.03, {{"T_max", 3000}, {"eta_min", 0.003}});
  spec.drift.policy = find_row(policies(), policy);
  return spec;
}

std::vector<Contestant> contestants(std::size_t classes, std::uint64_t seed, std::size_t hidden) {
  std::vector<Contestant> out;
  const auto base = base_spec(classes, seed, hidden);
  for (const auto budget : {PortfolioBudget::full, PortfolioBudget::lite}) {
    auto spec = base;
    set_schedule(spec, "constant", 0.1, {});
    spec.mode = LearnerMode::portfolio;
    spec.budget = budget;
    out.push_back({to_string(spec.mode, budget), "portfolio", spec});
    if (budget == PortfolioBudget::lite) continue;
    spec.drift.policy = find_row(policies(), "none");
    out.push_back({"portfolio none", "portfolio", spec});
  }
  for (const auto& [optimizer, lr] : {std::pair("rmsprop", 0.03), {"sgd", 0.1}, {"adam", 0.01}, {"adagrad", 0.1}}) {
    for (const auto* policy : {"none", "restart", "graded"}) {
      auto spec = base;
      set_optimizer(spec, optimizer);
      // Falls to a tenth within some thousand samples, where it stays.
      set_schedule(spec, "cosine", lr, {{"T_max", 3000}, {"eta_min", lr / 10}});
      spec.drift.policy = find_row(policies(), policy);
      out.push_back({fmt::format("{} {}", optimizer, policy), "single", spec});
    }
  }
  for (const auto* optimizer : {"sgd", "rmsprop", "adam", "adagrad"}) {
    for (int i = 0; i < 12; ++i) {
      auto spec = base;
      set_optimizer(spec, optimizer);
      set_schedule(spec, "constant", 1e-4 * std::pow(10, i * 4.0 / 11), {});
      spec.drift.policy = find_row(policies(), "none");
      out.push_back({fmt::format("{} {:.2g}", optimizer, spec.member.schedule.lr), "constant", spec});
    }
  }
  return out;
}

PolicyRun run_policy(const Contestant& contestant, const PolicyStream& stream) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < stream.features[0].size(); ++j) names.push_back(fmt::format("x{}", j));
  Learner learner(contestant.spec, names);
  PolicyRun out;
  std::vector<bool> wrong;
  std::vector<std::size_t> alarms;
  std::vector<std::string> classes;
  for (std::size_t k = 0; k < stream.classes; ++k) classes.push_back(fmt::format("{}", k));
  Sample sample;
  Rejection why;
  const double begun = cpu_seconds();
  for (std::size_t i = 0; i < stream.labels.size(); ++i) {
    sample.values = stream.features[i];
    sample.label = {Label::Kind::text, 0, classes[stream.labels[i]]};
    const auto outcome = learner.observe(sample, why);
    wrong.push_back(outcome.error != 0);
    if (learner.incidents().total() != alarms.size()) alarms.push_back(i);
  }
  const auto count = static_cast<double>(stream.labels.size());
  out.microseconds = 1e6 * (cpu_seconds() - begun) / count;
  out.error = static_cast<double>(std::ranges::count(wrong, true)) / count;
  const auto& c = learner.counters();
  out.swaps = c.restarts_total() + c.replacements + c.rollbacks;
  judge_alarms(stream, alarms, out);
  out.errors_per_drift = cost_of_drifts(stream, wrong);
  return out;
}

}  // namespace rekindle::bench
