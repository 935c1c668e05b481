#include <fmt/format.h>

#include "app/commands/command.hpp"
#include "app/commands/config_init.hpp"
#include "app/json_schema.hpp"
#include "http/json_text.hpp"

namespace rekindle {

void add_config(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("config", "Write, show or describe a configuration");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n  rekindle config init --from samples.csv > rekindle.toml\n  rekindle config show -c rekindle.toml\n  rekindle config "
      "schema > rekindle.schema.json");

  add_config_init(*command, chosen);
  auto* show = command->add_subcommand("show", "The effective configuration: file, environment and --set together, secrets masked");
  auto options = std::make_shared<ConfigurationOptions>();
  options->add_to(*show);
  show->callback([=, &chosen] {
    chosen = [=]() -> Status {
      const auto loaded = options->load();
      if (!loaded) return tl::unexpected(loaded.error());
      fmt::print("{}", loaded->text);
      return {};
    };
  });

  auto* schema = command->add_subcommand("schema", "The configuration as a JSON Schema");
  schema->callback([&chosen] {
    chosen = []() -> Status {
      fmt::print("{}\n", json_text(configuration_json_schema()));
      return {};
    };
  });
}

}  // namespace rekindle
