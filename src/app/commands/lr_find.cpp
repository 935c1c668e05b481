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
  std::uint64_t race = 100'000;
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

json::object report_data(const LrFindOptions& options, const Configuration& configuration, const RangeTest& test,
                         const json::object& found) {
  return {{"kind", "lr-find"},
          {"program", fmt::format("rekindle {} ({})", version, commit)},
          {"recording", options.from},
          {"samples", test.size()},
          {"result", found},
          {"config", options.configuration.file},
          {"configuration", configuration.text}};
}

Result<std::vector<StateSection>> state_in(const std::string& place) {
  if (place.empty()) return std::vector<StateSection>();
  return load_checkpoint(place).map([](LoadedCheckpoint loaded) { return std::move(loaded.checkpoint.sections); });
}

// The sweep tells in which range to look; which rate is the best over many samples, only many samples tell. A stream cannot be read twice.
Result<json::object> with_race(const LrFindOptions& options, const Configuration& configuration, const RangeTest& test,
                               std::vector<StateSection> state) {
  if (options.race == 0 || options.from == "-") return range_json(test, options.sweep);
  const auto stretch = read_stretch(options.offset, "", options.race);
  if (!stretch) return tl::unexpected(stretch.error());
  auto race = race_rates(configuration, {options.from, *stretch, "lr-find"}, options.sweep.low, options.sweep.high, std::move(state));
  if (!race) return tl::unexpected(race.error());
  return range_json(test, options.sweep, race->rates, race->samples);
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
  const auto state = state_in(options.state);
  if (!state) return tl::unexpected(state.error());
  const auto as_configured = *std::move(loaded);
  auto configuration = as_configured;
  configuration.learner = range_test_spec(configuration.learner, options.sweep.low, options.sweep.high, options.sweep.samples);
  Session session(configuration);
  if (!state->empty()) {
    std::vector<std::string> notes;
    if (auto status = session.restore(*state, notes); !status) return status;
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
  const auto found = with_race(options, as_configured, test, *state);
  if (!found) return tl::unexpected(found.error());
  if (report) {
    if (auto status = report->write(report_data(options, configuration, test, *found)); !status) return status;
  }
  fmt::print("{}", options.json ? json_text(*found) + "\n" : range_text(*found));
  return {};
}

}  // namespace

void add_lr_find(CLI::App& app, CommandAction& chosen) {
  auto* command =
      app.add_subcommand("lr-find", "LR range test: the rate rises exponentially on a copy; then constant rates race for the suggestion");
  command->footer(
      "Nothing that it starts from is changed. Of standard input only the sweep is made.\n\n"
      "Examples:\n  rekindle lr-find -c rekindle.toml --from samples.jsonl\n"
      "  rekindle lr-find -c rekindle.toml --from today.jsonl --state state   (from where a daemon stands)");
  auto options = std::make_shared<LrFindOptions>();
  options->configuration.add_to(*command);
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option("--state", options->state, "A checkpoint, or a folder of them, to begin from");
  command->add_option("--offset", options->offset, "First record: a line, from 0, or an event time such as 2026-11-23T10:00:00Z");
  command->add_option("--samples", options->sweep.samples, "Length of the sweep")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
  command->add_option("--race", options->race,
                      "Samples over which constant rates run side by side; the best is suggested; 0: none run, the steepest fall is");
  command->add_option("--min-lr", options->sweep.low, "Where the sweep begins")->check(CLI::PositiveNumber);
  command->add_option("--max-lr", options->sweep.high, "Where it would end; it stops where the loss explodes")->check(CLI::PositiveNumber);
  command->add_option("--report", options->report, "Write one HTML page with the curve to this file");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return lr_find(*options); }; });
}

}  // namespace rekindle
