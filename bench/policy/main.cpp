// The policy suite: does the default do as well as the best constant rate in hindsight, and does a response help?
//   policy_suite [--seeds N] [--samples N] [--hidden N] [--only GROUP] [--cells FILE] [FOLDER with recorded CSV files]
//   policy_suite --rare|--wide|--regression [--seeds N] [--samples N]
// Prints one table per question, as Markdown; `--cells` writes each run as a line of CSV, for bench/policy_charts.py.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "bench/policy/contestants.hpp"
#include "bench/policy/rare.hpp"
#include "bench/policy/regression.hpp"
#include "bench/policy/wide.hpp"

namespace rekindle::bench {
namespace {

struct Options {
  std::uint64_t seeds = 3;
  std::size_t samples = 60'000;
  std::size_t hidden = 0;  // Units of an MLP; 0: linear.
  std::string folder;
  std::string only;   // Of the groups; "" = all.
  std::string cells;  // Where every single run goes.
  std::string other;  // Instead of the suite: rare | wide | regression.
};

// Of one stream, over its seeds: the mean of everything, by contestant.
struct Row {
  std::string name;
  std::string kind;
  std::map<std::string, PolicyRun> runs;
  std::map<std::string, std::string> groups;
  std::string oracle;
};

void add(PolicyRun& sum, const PolicyRun& one, double share) {
  sum.error += share * one.error;
  sum.delay += share * one.delay;
  sum.errors_per_drift += share * one.errors_per_drift;
  sum.microseconds += share * one.microseconds;
  sum.alarms += one.alarms;
  sum.false_alarms += one.false_alarms;
  sum.found += one.found;
  sum.swaps += one.swaps;
}

void write_cell(const Options& options, const PolicyStream& stream, std::uint64_t seed, const Contestant& contestant,
                const PolicyRun& run) {
  std::ofstream out(options.cells, std::ios::app);
  out << fmt::format("{},{},{},{},{},{},{:.6f},{},{},{},{},{:.1f},{:.1f},{},{:.3f},{}\n", options.hidden, stream.name, stream.kind, seed,
                     contestant.name, contestant.group, run.error, run.alarms, run.false_alarms, stream.drifts.size(), run.found, run.delay,
                     run.errors_per_drift, run.swaps, run.microseconds, stream.labels.size());
}

void take(const PolicyStream& stream, std::uint64_t seed, double share, const Options& options, Row& row) {
  row.name = stream.name;
  row.kind = stream.kind;
  for (const auto& contestant : contestants(stream.classes, seed, options.hidden)) {
    if (!options.only.empty() && contestant.group.find(options.only) == std::string::npos) continue;
    const auto run = run_policy(contestant, stream);
    if (!options.cells.empty()) write_cell(options, stream, seed, contestant, run);
    add(row.runs[contestant.name], run, share);
    row.groups[contestant.name] = contestant.group;
  }
}

void choose_oracle(Row& row) {
  for (const auto& [name, run] : row.runs) {
    if (row.groups[name] != "constant") continue;
    if (row.oracle.empty() || run.error < row.runs[row.oracle].error) row.oracle = name;
  }
}

std::vector<Row> all_rows(const Options& options) {
  std::vector<Row> rows;
  for (const auto& name : generated_streams()) {
    auto& row = rows.emplace_back();
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed)
      take(generated_stream(name, seed, options.samples), seed, 1.0 / static_cast<double>(options.seeds), options, row);
    choose_oracle(row);
    fmt::print(stderr, "{}\n", name);
  }
  if (options.folder.empty()) return rows;
  std::vector<std::filesystem::path> files;
  for (const auto& one : std::filesystem::directory_iterator(options.folder)) {
    if (one.path().extension() == ".csv") files.push_back(one.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto stream = recorded_stream(file.string());
    if (!stream) {
      fmt::print(stderr, "skipped: {}\n", stream.error().message);
      continue;
    }
    take(*stream, 1, 1, options, rows.emplace_back());
    choose_oracle(rows.back());
    fmt::print(stderr, "{}\n", stream->name);
  }
  return rows;
}

std::vector<std::string> learners_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const auto* group : {"portfolio", "single"}) {
    for (const auto& [name, of] : rows.front().groups) {
      if (of == group) names.push_back(name);
    }
  }
  return names;
}

// The geometric mean over the streams of the error over the oracle's.
double score(const std::vector<Row>& rows, const std::string& name) {
  double sum = 0;
  for (const auto& row : rows) sum += std::log(row.runs.at(name).error / row.runs.at(row.oracle).error);
  return std::exp(sum / static_cast<double>(rows.size()));
}

void print_accuracy(const std::vector<Row>& rows, const std::vector<std::string>& learners) {
  fmt::print("| stream | best constant (oracle) | {} |\n|---|---|{}\n", fmt::join(learners, " | "), [&] {
    std::string out;
    for (std::size_t i = 0; i < learners.size(); ++i) out += "---|";
    return out;
  }());
  for (const auto& row : rows) {
    const bool known = !row.oracle.empty();
    fmt::print("| {} | {} |", row.name, known ? fmt::format("{:.4f} ({})", 1 - row.runs.at(row.oracle).error, row.oracle) : "-");
    for (const auto& name : learners) fmt::print(" {:.4f} |", 1 - row.runs.at(name).error);
    fmt::print("\n");
  }
  if (rows.front().oracle.empty()) return;
  fmt::print("| **error / oracle's** | 1 |");
  for (const auto& name : learners) fmt::print(" {:.3f} |", score(rows, name));
  fmt::print("\n");
}

void print_drifts(const std::vector<Row>& rows, const std::vector<std::string>& learners) {
  fmt::print(
      "\n| stream | learner | alarms | false | delay | errors per drift | swaps | us per sample |\n|---|---|---|---|---|---|---|---|\n");
  for (const auto& row : rows) {
    for (const auto& name : learners) {
      const auto& run = row.runs.at(name);
      fmt::print("| {} | {} | {} | {} | {:.0f} | {:.0f} | {} | {:.2f} |\n", row.name, name, run.alarms, run.false_alarms, run.delay,
                 run.errors_per_drift, run.swaps, run.microseconds);
    }
  }
}

int run(const Options& options) {
  if (!options.cells.empty()) {
    std::ofstream out(options.cells);
    out << "hidden,stream,kind,seed,learner,group,error,alarms,false_alarms,drifts,found,delay,errors_per_drift,swaps,microseconds,"
           "samples\n";
  }
  const auto rows = all_rows(options);
  const auto learners = learners_of(rows);
  print_accuracy(rows, learners);
  print_drifts(rows, learners);
  return 0;
}

int run_other(const Options& options) {
  if (options.other == "rare") print_rare(options.seeds, options.samples);
  if (options.other == "wide") print_wide(options.seeds);
  if (options.other == "regression") print_regression(options.seeds, options.samples);
  return 0;
}

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  rekindle::bench::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string one = arguments[i];
    const bool takes_value = one == "--seeds" || one == "--samples" || one == "--only" || one == "--hidden" || one == "--cells";
    if (takes_value && i + 1 == count) return 2;
    if (one == "--seeds") {
      options.seeds = std::strtoull(arguments[++i], nullptr, 10);
    } else if (one == "--samples") {
      options.samples = std::strtoull(arguments[++i], nullptr, 10);
    } else if (one == "--hidden") {
      options.hidden = std::strtoull(arguments[++i], nullptr, 10);
    } else if (one == "--cells") {
      options.cells = arguments[++i];
    } else if (one == "--rare" || one == "--wide" || one == "--regression") {
      options.other = one.substr(2);
    } else if (one == "--only") {
      options.only = arguments[++i];
    } else {
      options.folder = one;
    }
  }
  return options.other.empty() ? rekindle::bench::run(options) : rekindle::bench::run_other(options);
}
