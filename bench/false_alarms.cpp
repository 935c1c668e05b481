// How often each detector fires on a stream in which nothing changes, by its threshold: the measurement behind
// docs/false-alarms.md and the table in drift/budget.cpp.
//
//   false_alarms [values]     values for each error rate and threshold, by default 2,000,000
//
// Prints, for each detector and threshold, the rises it found per million values of Bernoulli errors at each rate (of a
// standard normal feature for the detectors of features).
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "drift/detector.hpp"

namespace rekindle {
namespace {

struct Sweep {
  const char* type;
  const char* parameter;
  std::vector<double> values;  // From many alarms to few.
};

const std::vector<double> rates = {0.05, 0.1, 0.2, 0.4};

const std::vector<Sweep> sweeps = {
    {"adwin", "delta", {0.5, 0.2, 0.05, 0.01, 0.002, 2e-4, 1e-5}},
    {"page_hinkley", "threshold", {10, 20, 35, 50, 75, 100, 150, 200}},
    {"kswin", "alpha", {0.01, 0.003, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6}},
    {"cusum", "lambda", {10, 20, 35, 50, 75, 100, 150, 200}},
    {"gma", "lambda", {0.08, 0.1, 0.12, 0.14, 0.17, 0.2, 0.25, 0.3}},
    {"ddm", "drift_threshold", {2.5, 3, 3.5, 4, 5, 6, 8}},
    {"eddm", "beta", {0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3}},
    {"hddm_a", "drift_confidence", {0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 1e-6}},
    {"hddm_w", "drift_confidence", {0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8}},
    {"fhddm", "confidence_level", {1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-14, 1e-17}},
    {"rddm", "drift_level", {2.258, 3, 3.5, 4, 5, 6, 8}},
    {"stepd", "alpha_d", {0.01, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8}},
    {"psi", "threshold", {0.03, 0.05, 0.07, 0.1, 0.15, 0.25}},
    {"ks", "alpha", {0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6}},
    {"wasserstein", "threshold", {0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.5}},
};

double alarms_per_million(const Sweep& sweep, double threshold, double rate, std::uint64_t values) {
  Table table;
  table.set("type", Value(std::string(sweep.type)), {});
  table.set(sweep.parameter, Value(threshold), {});
  if (std::string(sweep.type) == "ddm") table.set("warning_threshold", Value(1.0), {});
  Diagnostics diagnostics;
  const auto choice = check_choice(detectors(), {}, table, sweep.type, diagnostics);
  if (diagnostics.failed()) {
    fmt::print(stderr, "{}\n", diagnostics.all().front().text());
    std::exit(1);
  }
  const auto detector = choice.row->make.make(choice.parameters);
  const bool feature = choice.row->make.input == DetectorInput::feature;
  Random random(1234);
  std::uint64_t alarms = 0;
  for (std::uint64_t i = 0; i < values; ++i) {
    const auto signal = detector->observe(feature ? random.normal() : (random.uniform() < rate ? 1 : 0));
    if (signal.level == DriftLevel::drift && (feature || signal.mean_after >= signal.mean_before)) ++alarms;
  }
  return 1e6 * static_cast<double>(alarms) / static_cast<double>(values);
}

void measure(const Sweep& sweep, std::uint64_t values) {
  const auto row = find_row(detectors(), sweep.type);
  const bool feature = row->make.input == DetectorInput::feature;
  fmt::print("\n| {} | {} |\n|---|{}\n", sweep.parameter, feature ? "per million" : fmt::format("p = {}", fmt::join(rates, " | p = ")),
             feature ? "---|" : "---|---|---|---|");
  for (const double value : sweep.values) {
    std::string line = fmt::format("| {} |", value);
    for (const double rate : feature ? std::vector<double>{0} : rates)
      line += fmt::format(" {:.1f} |", alarms_per_million(sweep, value, rate, values));
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace rekindle

int main(int argc, char** argv) {
  const auto values = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000ULL;
  for (const auto& sweep : rekindle::sweeps) {
    fmt::print("\n### {}\n", sweep.type);
    rekindle::measure(sweep, values);
  }
  return 0;
}
