#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <memory>
#include <optional>

#include "app/commands/command.hpp"
#include "app/range_report.hpp"
#include "app/recording_pass.hpp"
#include "app/report_file.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"
#include "checkpoint/file_store.hpp"
#include "http/json_text.hpp"
#include "learner/range_test.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

struct LrFindOptions {
  ConfigurationOptions configuration;
  std::string from;
  std::string state;
  std::string report;
  std::string offset;
  Sweep sweep;
  bool json = false;
};

// Puts every learned sample's loss into the range test.
class LossReader final : public SampleObserver {
 public:
  explicit LossReader(RangeTest& test) : test_(test) {}
  void observed(const Sample& /*sample*/, const Outcome& outcome, const Learner& /*learner*/) override {
    if (outcome.labelled && !outcome.held_out) test_.observe(outcome.lr, outcome.loss);
  }

 private:
  RangeTest& test_;
};

json::object report_data(const LrFindOptions& options, const Configuration& configuration, const RangeTest& test) {
  return {{"kind", "lr-find"},
          {"program", fmt::format("rekindle {} ({})", version, commit)},
          {"recording", options.from},
          {"samples", test.size()},
          {"result", range_json(test, options.sweep)},
          {"config", options.configuration.file},
          {"configuration", configuration.text}};
}

Status restore(Session& session, const std::string& place) {
  auto loaded = load_newest(place);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!*loaded) return fail(ErrorCode::data, "{}: no checkpoint there", place);
  std::vector<std::string> notes;
  return session.restore((*loaded)->checkpoint.sections, notes);
}

Status lr_find(const LrFindOptions& options) {
  if (options.sweep.low >= options.sweep.high) return fail(ErrorCode::usage, "--min-lr must be below --max-lr");
  auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  const auto stretch = read_stretch(options.offset, "", options.sweep.samples);
  if (!stretch) return tl::unexpected(stretch.error());
  std::optional<ReportFile> report;
  if (!options.report.empty()) {
    auto opened = ReportFile::open(options.report);
    if (!opened) return tl::unexpected(opened.error());
    report = *std::move(opened);
  }
  install_signal_handlers();
  auto configuration = *std::move(loaded);
  configuration.learner = range_test_spec(configuration.learner, options.sweep.low, options.sweep.high, options.sweep.samples);
  Session session(configuration);
  if (!options.state.empty()) {
    if (auto status = restore(session, options.state); !status) return status;
  }
  RangeTest test;
  LossReader reader(test);
  session.add_observer(reader);
  ErrorBudget budget(configuration.source.on_error_limit);
  RecordingPass pass({options.from, *stretch, "lr-find"}, configuration.source, session, budget);
  if (auto status = pass.run(); !status) return status;
  if (session.learner() == nullptr || test.size() == 0) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from,
                budget.bad() == 0 ? "it has no labelled records" : budget.worst());
  }
  if (report) {
    if (auto status = report->write(report_data(options, configuration, test)); !status) return status;
  }
  if (options.json) {
    fmt::print("{}\n", json_text(range_json(test, options.sweep)));
  } else {
    fmt::print("{}", range_text(test.curve(24), test.result()));
  }
  return {};
}

}  // namespace

void add_lr_find(CLI::App& app, CommandAction& chosen) {
  auto* command =
      app.add_subcommand("lr-find", "LR range test: the rate rises exponentially on a copy; suggests the one of the steepest fall");
  command->footer(
      "Nothing that it starts from is changed.\n\n"
      "Examples:\n  rekindle lr-find -c rekindle.toml --from samples.jsonl\n"
      "  rekindle lr-find -c rekindle.toml --from today.jsonl --state state   (from where a daemon stands)");
  auto options = std::make_shared<LrFindOptions>();
  options->configuration.add_to(*command);
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option("--state", options->state, "A checkpoint, or a folder of them, to begin from");
  command->add_option("--offset", options->offset, "First record: a line, from 0, or an event time such as 2026-11-23T10:00:00Z");
  command->add_option("--samples", options->sweep.samples, "Length of the sweep")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
  command->add_option("--min-lr", options->sweep.low, "Where the sweep begins")->check(CLI::PositiveNumber);
  command->add_option("--max-lr", options->sweep.high, "Where it would end; it stops where the loss explodes")->check(CLI::PositiveNumber);
  command->add_option("--report", options->report, "Write one HTML page with the curve to this file");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return lr_find(*options); }; });
}

}  // namespace rekindle
