#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/clock.hpp"
#include "app/cluster_report.hpp"
#include "app/cluster_simulation.hpp"
#include "app/commands/command.hpp"
#include "app/progress.hpp"
#include "app/session.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

struct SimulateOptions {
  ConfigurationOptions configuration;
  std::string from;
  ClusterSimulationOptions group;
  std::vector<std::string> away;
  std::string deal = "auto";
  std::string trace;
  std::uint64_t samples = 0;  // 0: all.
  std::uint64_t seed = 0;     // 0: the configuration's.
  bool json = false;
};

bool read_number(std::string_view text, std::size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "1:2000-6000"
std::optional<Absence> read_absence(const std::string& text) {
  const auto colon = text.find(':');
  const auto dash = text.find('-', colon == std::string::npos ? 0 : colon);
  if (colon == std::string::npos || dash == std::string::npos) return std::nullopt;
  Absence out;
  const std::string_view view(text);
  const bool read = read_number(view.substr(0, colon), out.worker) && read_number(view.substr(colon + 1, dash - colon - 1), out.from) &&
                    read_number(view.substr(dash + 1), out.to);
  return read && out.from < out.to ? std::optional(out) : std::nullopt;
}

Status check_options(SimulateOptions& options) {
  auto& group = options.group;
  if (!group.speeds.empty() && group.speeds.size() != group.workers) {
    return fail(ErrorCode::usage, "--speeds: {} speeds for {} workers", group.speeds.size(), group.workers);
  }
  for (const auto& text : options.away) {
    const auto absence = read_absence(text);
    if (!absence) return fail(ErrorCode::usage, "--away: wants WORKER:FROM-TO, such as 1:2000-6000, got \"{}\"", text);
    if (absence->worker >= group.workers)
      return fail(ErrorCode::usage, "--away: there is no worker {}; they are 0 to {}", absence->worker, group.workers - 1);
    group.absences.push_back(*absence);
  }
  return {};
}

// The single learner learns the recording; what it saw is kept for the group.
Status read_recording(const SimulateOptions& options, const Configuration& configuration, Session& session, ErrorBudget& budget,
                      SampleTape& tape) {
  const auto source = make_recording(configuration.source, configuration.learner.schema, options.from);
  if (auto status = source->open({}); !status) return status;
  Progress progress("reading", options.samples);
  while (true) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", tape.size());
    const auto polled = source->poll(std::chrono::milliseconds(100));
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& record : polled->records) {
      if (options.samples != 0 && tape.size() >= options.samples) return {};
      const auto learned = session.take(record);
      if (!learned) return tl::unexpected(learned.error());
      budget.count(!*learned, session.rejection());
      *learned ? tape.add(session.sample(), record.topic, record.partition) : tape.add_rejected(record.topic, record.partition);
    }
    progress.show(tape.size());
    if (static_cast<std::int64_t>(tape.bytes()) > configuration.memory_limit) {
      return fail(ErrorCode::data, "{}: more than memory_limit = {} bytes after {} records; --samples takes fewer", options.from,
                  configuration.memory_limit, tape.size());
    }
    if (polled->at_end) return {};
  }
}

// Workers must mean the same by a class's index, so they are told the classes at the beginning.
LearnerSpec group_spec(const Configuration& configuration, const Learner& single, std::size_t workers) {
  auto spec = configuration.learner;
  if (workers > 1 && spec.schema.is_classification()) spec.schema.classes = single.classes();
  return spec;
}

Status simulate(SimulateOptions options) {
  if (auto status = check_options(options); !status) return status;
  const auto configuration = options.configuration.load();
  if (!configuration) return tl::unexpected(configuration.error());
  if (configuration->learner.late.on)
    return fail(ErrorCode::configuration, "{}: schema.labels_topic: a simulated group has the labels with the samples",
                configuration->file);
  auto& group_options = options.group;
  if (const auto reason = reason_against_group(configuration->learner); group_options.workers > 1 && !reason.empty()) {
    return fail(ErrorCode::configuration, "{}: {}", configuration->file, reason);
  }
  group_options.seed = options.seed != 0 ? options.seed : configuration->seed;
  group_options.sync_samples = configuration->cluster.sync_samples;
  group_options.max_staleness = configuration->cluster.max_staleness;
  const auto& scaling = configuration->cluster.scale_lr;
  group_options.scaling =
      scaling == "linear" ? cluster::RateScaling::linear : (scaling == "sqrt" ? cluster::RateScaling::root : cluster::RateScaling::none);
  install_signal_handlers();
  std::unique_ptr<RoundTrace> trace;
  if (!options.trace.empty()) {
    auto opened = RoundTrace::open(options.trace);
    if (!opened) return tl::unexpected(opened.error());
    trace = *std::move(opened);
  }
  Session session(*configuration);
  ErrorBudget budget(configuration->source.on_error_limit);
  SampleTape tape;
  if (auto status = read_recording(options, *configuration, session, budget, tape); !status) return status;
  const auto* single = session.learner();
  if (single == nullptr) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from, tape.size() == 0 ? "it has no records" : budget.worst());
  }
  const bool by_partition = options.deal == "partition" || (options.deal == "auto" && tape.partitions() > 1);
  group_options.dealing = by_partition ? Dealing::by_partition : Dealing::round_robin;
  const auto start = steady_now();
  ClusterSimulation group(group_options, group_spec(*configuration, *single, group_options.workers), single->features(), tape);
  Progress progress("simulate-cluster", tape.size());
  group.run(
      [&](const RoundBegun& begun) {
        if (trace) trace->add(begun);
      },
      [&](std::uint64_t done) {
        progress.show(done);
        return stop_signal() != 0;
      });
  if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted");
  const double seconds = seconds_since(start);
  if (trace) {
    if (auto status = trace->close(); !status) return status;
  }
  if (options.json) {
    fmt::print("{}\n", json_text(cluster_json(group, *single, seconds)));
  } else {
    fmt::print("{}", cluster_text(group, *single, seconds));
  }
  return {};
}

void add_network(CLI::App& command, SimulateOptions& options) {
  auto& group = options.group;
  command.add_option("--speeds", group.speeds, "Each worker's speed, relative, such as 10,1,1")->delimiter(',')->check(CLI::PositiveNumber);
  command.add_option("--delay", group.faults.delay, "Mean delay of a message, in samples of the fastest worker")
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--loss", group.faults.loss, "Share of messages that never arrive")->check(CLI::Range(0.0, 1.0));
  command.add_option("--duplicates", group.faults.duplicate, "Share of messages that arrive twice")->check(CLI::Range(0.0, 1.0));
  command.add_option("--away", options.away, "WORKER:FROM-TO: cut off while it learns these samples of the recording; several times")
      ->take_all();
  command.add_option("--leader-dies", group.leader_deaths, "Samples of the recording at which the leader dies and another takes over")
      ->delimiter(',');
}

}  // namespace

void add_simulate_cluster(CLI::App& app, CommandAction& chosen) {
  auto* command =
      app.add_subcommand("simulate-cluster", "Several workers that learn a recording as one, in one process, with delays and losses");
  command->footer(
      "Every worker learns its share of the recording; cluster.sync_samples and cluster.max_staleness say how they come together,\n"
      "learner.scale_lr whether the rate goes with their number. Beside them one learner learns the whole recording. The same\n"
      "options and seed give the same state_hash.\n\n"
      "Examples:\n  rekindle simulate-cluster -c rekindle.toml --from samples.jsonl --workers 4 --set cluster.sync_samples=500\n"
      "  rekindle simulate-cluster -c rekindle.toml --from samples.jsonl --workers 3 --speeds 10,1,1 --delay 200 --loss 0.05 --json\n"
      "  rekindle simulate-cluster -c rekindle.toml --from samples.jsonl --workers 4 --away 1:2000-6000 --leader-dies 9000 --trace "
      "rounds.csv");
  auto options = std::make_shared<SimulateOptions>();
  options->configuration.add_to(*command);
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option("--workers", options->group.workers, "How many")->required()->check(CLI::Range(std::size_t{1}, std::size_t{1024}));
  command->add_option("--samples", options->samples, "At most this many records")->check(CLI::PositiveNumber);
  command->add_option("--deal", options->deal, "How the recording is shared out: by its partitions where it has several (auto), or in turn")
      ->check(CLI::IsMember({"auto", "partition", "round_robin"}));
  add_network(*command, *options);
  command->add_option("--seed", options->seed, "Of delays and losses; the configuration's where it is not given")
      ->check(CLI::PositiveNumber);
  command->add_option("--trace", options->trace, "Write one CSV row for each round that each worker began to this file");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return simulate(*options); }; });
}

}  // namespace rekindle
