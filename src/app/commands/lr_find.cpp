#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "app/commands/command.hpp"
#include "app/recording_pass.hpp"
#include "app/signals.hpp"
#include "app/summary.hpp"
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
  std::int64_t offset = 0;
  std::uint64_t samples = 3000;
  double min_lr = 1e-5;
  double max_lr = 10;
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

json::object json_of(const RangeTest& test, const LrFindOptions& options) {
  const auto found = test.result();
  json::array curve;
  for (const auto& [lr, loss] : test.curve()) curve.push_back(json::object{{"lr", lr}, {"loss", json_number(loss)}});
  return {{"suggestion", found ? json::value(found->steepest) : json::value(nullptr)},
          {"min_lr", options.min_lr},
          {"max_lr", options.max_lr},
          {"valley", found ? json::value(found->valley) : json::value(nullptr)},
          {"diverged_at", found ? json_number(found->diverged) : json::value(nullptr)},
          {"base_lr", found ? json::value(found->steepest / 10) : json::value(nullptr)},
          {"cycle_max_lr", found ? json::value(found->steepest) : json::value(nullptr)},
          {"curve", std::move(curve)}};
}

std::string text_of(const RangeTest& test) {
  const auto found = test.result();
  std::string out = fmt::format("{:>12}  {:>10}\n", "lr", "loss");
  const auto curve = test.curve(24);
  double highest = 0;
  for (const auto& [lr, loss] : curve) highest = std::max(highest, loss);
  for (const auto& [lr, loss] : curve) {
    const auto bar = static_cast<std::size_t>(50 * loss / highest);
    out += fmt::format("{:>12.3g}  {:>10.4f}  {}\n", lr, loss, std::string(bar, '#'));
  }
  if (!found) return out + "no suggestion: the loss never fell; more samples or a wider range may help\n";
  out += fmt::format("suggestion   lr = {:.2g}   (the steepest fall)\n", found->steepest);
  out += fmt::format("valley       lr = {:.2g}   (the lowest loss; too high to stay at)\n", found->valley);
  if (found->diverged) out += fmt::format("diverges     lr = {:.2g}\n", *found->diverged);
  return out + fmt::format("for a cycle  base_lr = {:.2g}, max_lr = {:.2g}\n", found->steepest / 10, found->steepest);
}

Status restore(Session& session, const std::string& place) {
  auto loaded = load_newest(place);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!*loaded) return fail(ErrorCode::data, "{}: no checkpoint there", place);
  std::vector<std::string> notes;
  return session.restore((*loaded)->checkpoint.sections, notes);
}

Status lr_find(const LrFindOptions& options) {
  if (options.min_lr >= options.max_lr) return fail(ErrorCode::usage, "--min-lr must be below --max-lr");
  auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  install_signal_handlers();
  auto configuration = *std::move(loaded);
  configuration.learner = range_test_spec(configuration.learner, options.min_lr, options.max_lr, options.samples);
  Session session(configuration);
  if (!options.state.empty()) {
    if (auto status = restore(session, options.state); !status) return status;
  }
  RangeTest test;
  LossReader reader(test);
  session.add_observer(reader);
  ErrorBudget budget(configuration.source.on_error_limit);
  RecordingPass pass({options.from, options.offset, options.samples, "lr-find"}, configuration.source, session, budget);
  if (auto status = pass.run(); !status) return status;
  if (session.learner() == nullptr || test.size() == 0) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from,
                budget.bad() == 0 ? "it has no labelled records" : budget.worst());
  }
  if (options.json) {
    fmt::print("{}\n", json_text(json_of(test, options)));
  } else {
    fmt::print("{}", text_of(test));
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
  command->add_option("--samples", options->samples, "Length of the sweep")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{100'000'000}));
  command->add_option("--min-lr", options->min_lr, "Where the sweep begins")->check(CLI::PositiveNumber);
  command->add_option("--max-lr", options->max_lr, "Where it would end; it stops where the loss explodes")->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return lr_find(*options); }; });
}

}  // namespace rekindle
