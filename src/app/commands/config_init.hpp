// `config init`, a command of `config`.
#pragma once

#include "app/commands/command.hpp"

namespace rekindle {

void add_config_init(CLI::App& config, CommandAction& chosen);

}  // namespace rekindle
