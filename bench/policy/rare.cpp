#include "bench/policy/rare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "bench/policy/contestants.hpp"
#include "learner/binary_scores.hpp"
#include "learner/learner.hpp"

namespace rekindle::bench {

namespace {

constexpr std::size_t settled = 10'000;  // Samples after the flip, from which on the AUC is taken.

struct RareRun {
  std::optional<double> positives_to_alarm;
  double false_alarms = 0;  // Per 10,000 samples before the flip, and from `settled` after it on.
  double auc = 0;           // From `settled` after `begin` to the end.
};

// Learns the samples from `begin` on.
RareRun run(const LearnerSpec& spec, const PolicyStream& stream, std::size_t begin) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < stream.features[0].size(); ++j) names.push_back(fmt::format("x{}", j));
  Learner learner(spec, names);
  const auto flip = stream.drifts[0];
  RareRun out;
  BinaryScores late;
  Sample sample;
  Rejection why;
  double positives = 0;
  double calm = 0;
  for (std::size_t i = begin; i < stream.labels.size(); ++i) {
    sample.values = stream.features[i];
    sample.label = {Label::Kind::number, static_cast<double>(stream.labels[i]), {}};
    const auto before = learner.incidents().total();
    (void)learner.observe(sample, why);
    const bool is_calm = i < flip || i >= flip + settled;
    calm += is_calm ? 1 : 0;
    positives += i >= flip && stream.labels[i] == 1 ? 1 : 0;
    if (i >= flip + settled) late.observe(stream.labels[i] == 1, learner.prediction().probabilities[1], learner.prediction().value == 1);
    if (learner.incidents().total() == before) continue;
    if (i >= flip && !out.positives_to_alarm) out.positives_to_alarm = positives;
    out.false_alarms += is_calm ? 1 : 0;
  }
  out.false_alarms *= 1e4 / calm;
  out.auc = late.auc().value_or(0);
  return out;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

void print_row(double share, const std::string& name, std::uint64_t seeds, std::size_t samples) {
  std::vector<double> delays;
  double found = 0;
  double false_alarms = 0;
  double auc = 0;
  double fresh = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto stream = rare_stream(share, seed, samples);
    const auto spec_of = [&](const std::string& policy) {
      return name == "portfolio" ? portfolio_spec(2, seed, policy) : decaying_spec(2, seed, policy);
    };
    const auto one = run(spec_of(name == "rmsprop restart" ? "restart" : "graded"), stream, 0);
    delays.push_back(one.positives_to_alarm.value_or(1e9));
    found += one.positives_to_alarm ? 1 : 0;
    false_alarms += one.false_alarms;
    auc += one.auc;
    fresh += run(spec_of("none"), stream, stream.drifts[0]).auc;
  }
  const auto n = static_cast<double>(seeds);
  fmt::print("| {:g} % | {} | {:g} of {} | {:g} | {:.2f} | {:.4f} | {:.4f} | {:+.4f} |\n", 100 * share, name, found, seeds, median(delays),
             false_alarms / n, auc / n, fresh / n, (auc - fresh) / n);
}

}  // namespace

void print_rare(std::uint64_t seeds, std::size_t samples) {
  fmt::print(
      "| positives | learner | flips found | positives until the alarm (median) | false alarms per 10,000 | AUC | of a fresh learner | "
      "difference |\n|---|---|---|---|---|---|---|---|\n");
  for (const double share : {0.01, 0.05, 0.3}) {
    for (const auto* name : {"portfolio", "rmsprop graded", "rmsprop restart"}) print_row(share, name, seeds, samples);
  }
}

}  // namespace rekindle::bench
