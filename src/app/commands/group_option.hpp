// A group's states, where a command that takes a checkpoint is given the configuration of a group.
#pragma once

#include <optional>

#include "app/commands/command.hpp"
#include "app/group_look.hpp"

namespace rekindle {

// Nothing: a path was given, or a configuration of one daemon.
[[nodiscard]] Result<std::optional<GroupLook>> look_at_group(const CheckpointOptions& options);

}  // namespace rekindle
