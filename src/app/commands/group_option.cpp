#include "app/commands/group_option.hpp"

namespace rekindle {

Result<std::optional<GroupLook>> look_at_group(const CheckpointOptions& options) {
  if (!options.path.empty() || options.configuration.file.empty()) return std::nullopt;
  const auto configuration = options.configuration.load();
  if (!configuration) return tl::unexpected(configuration.error());
  if (!configuration->cluster.group) return std::nullopt;
  auto look = look_at_group(*configuration);
  if (!look) return tl::unexpected(look.error());
  return *std::move(look);
}

}  // namespace rekindle
