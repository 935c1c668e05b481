#include <fmt/format.h>

#include <memory>

#include "app/commands/command.hpp"
#include "app/range_report.hpp"
#include "app/recording_pass.hpp"
#include "app/signals.hpp"
#include "checkpoint/file_store.hpp"
#include "http/json_text.hpp"
#include "learner/range_test.hpp"

namespace rekindle {

namespace {

struct LrFindOptions {
  ConfigurationOptions configuration;
  std::string from;
  std::string state;
  std::int64_t offset = 0;
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
  RecordingPass pass({options.from, options.offset, options.sweep.samples, "lr-find"}, configuration.source, session, budget);
  if (auto status = pass.run(); !status) return status;
  if (session.learner() == nullptr || test.size() == 0) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from,
                budget.bad() == 0 ? "it has no labelled records" : budget.worst());
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
  command->add_option("--offset", options->offset, "First record, from 0")->check(CLI::NonNegativeNumber);
  command->add_option("--samples", options->sweep.samples, "Length of the sweep")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
  command->add_option("--min-lr", options->sweep.low, "Where the sweep begins")->check(CLI::PositiveNumber);
  command->add_option("--max-lr", options->sweep.high, "Where it would end; it stops where the loss explodes")->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return lr_find(*options); }; });
}

}  // namespace rekindle
