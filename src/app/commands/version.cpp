#include <fmt/format.h>

#include "app/commands/command.hpp"
#include "app/version.hpp"

namespace rekindle {

void add_version(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("version", "The version of this program");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "As one JSON document");
  command->callback([=, &chosen] {
    chosen = [=]() -> Status {
      if (*json) {
        fmt::print("{{\"version\":\"{}\",\"commit\":\"{}\"}}\n", version, commit);
      } else {
        fmt::print("rekindle {} ({})\n", version, commit);
      }
      return {};
    };
  });
}

}  // namespace rekindle
