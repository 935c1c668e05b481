#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "app/clock.hpp"
#include "app/commands/command.hpp"
#include "app/commands/stretch_options.hpp"
#include "app/group_replay.hpp"
#include "app/journal_replay.hpp"
#include "app/recording_pass.hpp"
#include "app/replay_report.hpp"
#include "app/report_file.hpp"
#include "app/session.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "app/summary.hpp"
#include "app/trace.hpp"
#include "checkpoint/file_store.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

struct ReplayOptions {
  ConfigurationOptions configuration;
  std::string from;
  std::string journal;
  std::string trace;
  std::string report;
  std::string checkpoint;
  std::string speed;
  std::string state;
  StretchOptions stretch;
  bool json = false;
};

// The daemon's order is whole, and begins with its first record.
Status refuse_beside_a_journal(const ReplayOptions& options) {
  if (options.journal.empty()) return {};
  if (!options.speed.empty()) return fail(ErrorCode::usage, "--speed goes by event time, --journal by the daemon's order: one of them");
  if (options.stretch.given())
    return fail(ErrorCode::usage, "--journal is followed as a whole, without --offset, --until, --samples or --cache");
  if (!options.state.empty()) return fail(ErrorCode::usage, "--journal begins where the daemon began, --state elsewhere: one of them");
  return {};
}

Status begin_from(const std::string& place, Session& session) {
  if (place.empty()) return {};
  auto loaded = load_checkpoint(place);
  if (!loaded) return tl::unexpected(loaded.error());
  std::vector<std::string> notes;
  if (auto status = session.restore(std::move(loaded->checkpoint.sections), notes); !status) return status;
  for (const auto& note : notes) fmt::print(stderr, "{}: {}\n", place, note);
  return {};
}

constexpr const char* journal_of_the_group = "group";

// Many learners, and so no metrics of one; what is asked is whether they come out as they were committed.
Status replay_journal_of_group(const ReplayOptions& options, const Configuration& configuration) {
  if (!configuration.cluster.group) return fail(ErrorCode::usage, "--journal group needs cluster.mode = \"group\"");
  const auto tasks = replay_group(configuration, options.from);
  if (!tasks) return tl::unexpected(tasks.error());
  boost::json::array all;
  for (const auto& one : *tasks) {
    all.push_back(boost::json::object{{"task", one.name},
                                      {"samples", one.samples},
                                      {"stretches", one.stretches},
                                      {"rounds", one.rounds},
                                      {"state_hash", one.state_hash}});
    if (!options.json)
      fmt::print("{}: {} samples, {} committed states, {} rounds heard: state {}, as committed\n", one.name, one.samples, one.stretches,
                 one.rounds, one.state_hash);
  }
  if (options.json) fmt::print("{}\n", json_text(boost::json::object{{"tasks", std::move(all)}}));
  return {};
}

Status replay(const ReplayOptions& options) {
  if (auto status = refuse_beside_a_journal(options); !status) return status;
  const auto stretch = options.stretch.read();
  if (!stretch) return tl::unexpected(stretch.error());
  auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  std::optional<double> speed;
  if (!options.speed.empty()) {
    const auto read = read_speed(options.speed);
    if (!read) return tl::unexpected(read.error());
    speed = *read;
  }
  install_signal_handlers();
  if (options.journal == journal_of_the_group) return replay_journal_of_group(options, *loaded);
  JournalPlan plan{*loaded};
  if (!options.journal.empty()) {
    auto planned = plan_journal_replay(*loaded, options.journal);
    if (!planned) return tl::unexpected(planned.error());
    plan = *std::move(planned);
    if (!plan.follows_reloads) fmt::print(stderr, "another configuration than the journal's: its reloads are passed over\n");
  }
  Session session(plan.configuration);
  if (auto status = begin_from(options.state, session); !status) return status;
  std::unique_ptr<Trace> trace;
  if (!options.trace.empty()) {
    auto opened = Trace::open(options.trace);
    if (!opened) return tl::unexpected(opened.error());
    trace = *std::move(opened);
    session.add_observer(*trace);
  }
  std::optional<ReportFile> report_file;
  ReplayReport report(plan.configuration.learner);
  if (!options.report.empty()) {
    auto opened = ReportFile::open(options.report);
    if (!opened) return tl::unexpected(opened.error());
    report_file = *std::move(opened);
    session.add_observer(report);
  }
  ErrorBudget budget(loaded->source.on_error_limit);
  const auto start = steady_now();
  Position position;
  if (!options.journal.empty()) {
    const auto followed = replay_journal(plan, options.journal, options.from, session, budget);
    if (!followed) return tl::unexpected(followed.error());
    position = *followed;
  } else {
    RecordingPass pass({options.from, *stretch, "replay", speed, options.stretch.cache}, loaded->source, session, budget);
    if (auto status = pass.run(); !status) return status;
    position = pass.position();
  }
  const double seconds = seconds_since(start);
  if (trace) {
    if (auto status = trace->close(); !status) return status;
  }
  const auto* learner = session.learner();
  if (learner == nullptr) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from,
                session.rejected_early() == 0 ? "it has no records" : budget.worst());
  }
  if (!options.checkpoint.empty()) {
    auto store = FileStore::open(options.checkpoint, loaded->checkpoint.keep);
    if (!store) return tl::unexpected(store.error());
    if (const auto saved = (*store)->save(checkpoint_of(*learner, position, loaded->text)); !saved) return tl::unexpected(saved.error());
  }
  if (learner->counters().rejected > 0)
    fmt::print(stderr, "warning: {} records could not be learned: {}\n", learner->counters().rejected, budget.worst());
  auto summary = summary_json(*learner, seconds);
  if (report_file) {
    if (auto status = report_file->write(report.json(*learner, summary, options.from, plan.configuration.text)); !status) return status;
  }
  if (options.json) {
    fmt::print("{}\n", json_text(summary));
  } else {
    fmt::print("{}", summary_text(*learner, seconds));
  }
  return {};
}

}  // namespace

void add_replay(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("replay", "Learn a recording as the daemon would, as fast as it goes, bit for bit the same each time");
  command->footer(
      "Examples:\n  rekindle replay -c rekindle.toml --from samples.jsonl\n  rekindle replay -c rekindle.toml --from samples.jsonl --json "
      "--set "
      "drift.policy=none\n  rekindle replay -c rekindle.toml --from samples.jsonl --report report.html\n"
      "  rekindle replay -c next.toml --from topic.jsonl --offset 2026-11-23T10:00:00Z --until 2026-11-23T12:00:00Z --state state");
  auto options = std::make_shared<ReplayOptions>();
  options->configuration.add_to(*command);
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option(
      "--journal", options->journal,
      "Follow the order and the commands of this daemon's journal (its state directory); \"group\": the journal of cluster.mode = "
      "\"group\", from the brokers, and compare every state that was committed");
  options->stretch.add_to(*command);
  command->add_option("--state", options->state, "A checkpoint, or a folder of them, to go on from; counts and metrics go on too");
  command->add_option("--speed", options->speed, "By event time, so many times as fast as the samples came, such as 10x");
  command->add_option("--trace", options->trace, "Write one CSV row a sample to this file");
  command->add_option("--report", options->report, "Write one HTML page with charts, incidents and weights to this file");
  command->add_option("--checkpoint", options->checkpoint, "Save the final state into this directory");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return replay(*options); }; });
}

}  // namespace rekindle
