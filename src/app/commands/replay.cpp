#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "app/clock.hpp"
#include "app/commands/command.hpp"
#include "app/progress.hpp"
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
  std::string trace;
  std::string checkpoint;
  std::int64_t offset = 0;
  std::uint64_t samples = 0;  // 0: all.
  bool json = false;
};

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// One replay under way: the records from `offset` on, through the same path as the daemon's. Unusable ones are only counted.
class Replay {
 public:
  Replay(const ReplayOptions& options, const SourceConfiguration& configuration, Session& session, ErrorBudget& budget)
      : options_(options),
        configuration_(configuration),
        session_(session),
        budget_(budget),
        next_(options.offset),
        progress_("replay", options.samples) {}

  Status run() {
    const auto source = make_recording(configuration_, options_.from);
    Position position;
    position.set(file_name(options_.from), 0, options_.offset);
    if (auto status = source->open(position); !status) return status;
    const auto ended = begin(*source);
    if (!ended) return tl::unexpected(ended.error());
    return *ended || full() ? Status() : learn_ahead(*source);
  }

  [[nodiscard]] Position position() const {
    Position position;
    position.set(file_name(options_.from), 0, next_);
    return position;
  }

 private:
  // Record by record until the features are known; true when the recording has ended.
  Result<bool> begin(SampleSource& source) {
    while (session_.learner() == nullptr) {
      if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", taken_);
      const auto polled = source.poll(std::chrono::milliseconds(100));
      if (!polled) return tl::unexpected(polled.error());
      for (const auto& record : polled->records) {
        if (full()) return true;
        const auto learned = session_.take(record);
        if (!learned) return tl::unexpected(learned.error());
        count(*learned, record.offset);
      }
      if (polled->at_end) return true;
    }
    return false;
  }

  Status learn_ahead(SampleSource& source) {
    const auto beside = session_.another_decoder();
    DecodeAhead ahead(source, session_.decoder(), *beside);
    while (!full()) {
      if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", taken_);
      const auto& batch = ahead.next();
      if (!batch.status) return batch.status;
      for (std::size_t i = 0; i < batch.size && !full(); ++i) count(session_.take(batch.records[i]), batch.records[i].offset);
      if (batch.at_end) return {};
      progress_.show(taken_);
    }
    return {};
  }

  void count(bool learned, std::int64_t offset) {
    budget_.count(!learned, session_.rejection());
    next_ = offset + 1;
    ++taken_;
  }

  [[nodiscard]] bool full() const { return options_.samples != 0 && taken_ >= options_.samples; }

  const ReplayOptions& options_;
  const SourceConfiguration& configuration_;
  Session& session_;
  ErrorBudget& budget_;
  std::int64_t next_;
  std::uint64_t taken_ = 0;
  Progress progress_;
};

Status replay(const ReplayOptions& options) {
  auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  install_signal_handlers();
  Session session(*loaded);
  std::unique_ptr<Trace> trace;
  if (!options.trace.empty()) {
    auto opened = Trace::open(options.trace);
    if (!opened) return tl::unexpected(opened.error());
    trace = *std::move(opened);
    session.add_observer(*trace);
  }
  ErrorBudget budget(loaded->source.on_error_limit);
  const auto start = steady_now();
  Position position;
  {
    Replay replay(options, loaded->source, session, budget);
    if (auto status = replay.run(); !status) return status;
    position = replay.position();
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
  if (options.json) {
    fmt::print("{}\n", json_text(summary_json(*learner, seconds)));
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
      "drift.policy=none");
  auto options = std::make_shared<ReplayOptions>();
  options->configuration.add_to(*command);
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option("--offset", options->offset, "First record, from 0")->check(CLI::NonNegativeNumber);
  command->add_option("--samples", options->samples, "At most this many records")->check(CLI::PositiveNumber);
  command->add_option("--trace", options->trace, "Write one CSV row a sample to this file");
  command->add_option("--checkpoint", options->checkpoint, "Save the final state into this directory");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return replay(*options); }; });
}

}  // namespace rekindle
