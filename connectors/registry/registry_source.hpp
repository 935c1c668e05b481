// A source whose records come with the schemas that a registry has of them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "connectors/registry/registry_settings.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// By RegisteredSchemas. Where the registry does not answer, the records that need it wait, and so do those behind them: `report` says
// why. After `give_up` it is ErrorCode::unavailable (none: never).
[[nodiscard]] std::unique_ptr<SampleSource> make_registry_source(std::unique_ptr<SampleSource> source, RegistrySettings settings,
                                                                 std::optional<std::chrono::seconds> give_up = {});

}  // namespace rekindle
