#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include "app/commands/command.hpp"
#include "app/sources.hpp"
#include "http/json_text.hpp"
#include "learner/adaptation.hpp"

namespace rekindle {

namespace {

struct CheckOptions {
  ConfigurationOptions configuration;
  std::string against;
  bool json = false;
};

namespace json = boost::json;

Status check_against(const Configuration& configuration, const CheckOptions& options) {
  const auto loaded = load_checkpoint(options.against);
  if (!loaded) return tl::unexpected(loaded.error());
  const auto shape = load_shape(loaded->checkpoint.sections);
  if (!shape) return tl::unexpected(shape.error());
  const auto plan = plan_adaptation(*shape, configuration.learner);
  if (options.json) {
    const json::object out = {{"ok", plan.refused.empty()},
                              {"checkpoint", loaded->path},
                              {"kept", json::value_from(plan.kept)},
                              {"changed", json::value_from(plan.changed)},
                              {"refused", json::value_from(plan.refused)}};
    fmt::print("{}\n", json_text(out));
  } else {
    fmt::print("against {}:\n", loaded->path);
    for (const auto& line : plan.kept) fmt::print("  kept     {}\n", line);
    for (const auto& line : plan.changed) fmt::print("  changed  {}\n", line);
    for (const auto& line : plan.refused) fmt::print("  refused  {}\n", line);
  }
  if (plan.refused.empty()) return {};
  return fail(
      ErrorCode::configuration,
      "this state cannot be taken on; start anew with --fresh (the old state is kept aside), or bring weights in with `rekindle import`");
}

std::string source_of(const Configuration& configuration) {
  const auto& source = configuration.source;
  if (source.type == SourceType::file) return "file " + source.path;
  if (source.type == SourceType::generate) return fmt::format("{} generated samples of {}", source.samples, source.generator.row->name);
  return fmt::format("topics {}", fmt::join(topics_to_read(configuration), ", "));
}

std::string how_it_learns(const LearnerSpec& learner) {
  if (learner.mode == LearnerMode::portfolio) return fmt::format("a {}", to_string(learner.mode, learner.budget));
  return fmt::format("{} with {}", learner.member.optimizer.row->name, learner.member.schedule.schedule.row->name);
}

Status check(const CheckOptions& options) {
  const auto loaded = options.configuration.load();
  if (!loaded) return tl::unexpected(loaded.error());
  const auto& schema = loaded->learner.schema;
  const auto source = source_of(*loaded);
  if (!options.json) {
    const bool own = schema.features.empty() && loaded->learner.sparse_coordinates && schema.categorical.empty();
    fmt::print("ok: {}, {} features, label \"{}\" ({}), {}, drift policy {}, checkpoints in {}\n", source,
               own ? std::string("the record's")
                   : (schema.features.empty() ? std::string("all numeric")
                                              : fmt::format("{}", schema.features.size() + schema.categorical.size())),
               schema.label, to_string(schema.task), how_it_learns(loaded->learner), loaded->learner.drift.policy->name,
               loaded->checkpoint.directory);
  }
  if (!options.against.empty()) return check_against(*loaded, options);
  if (options.json) fmt::print("{{\"ok\":true}}\n");
  return {};
}

}  // namespace

void add_check(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("check", "Validate a configuration offline; list every mistake with its line");
  command->footer("Examples:\n  rekindle check -c rekindle.toml\n  rekindle check -c rekindle.toml --against state");
  auto options = std::make_shared<CheckOptions>();
  options->configuration.add_to(*command);
  command->add_option("--against", options->against, "A state directory or checkpoint: what this configuration would keep of it");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return check(*options); }; });
}

}  // namespace rekindle
