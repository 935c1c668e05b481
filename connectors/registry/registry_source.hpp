// A source whose records come with the schemas that a registry has of them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "connectors/registry/registry_settings.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// Each id is asked for once, on a thread of its own. Where the registry does not answer, the records that need it wait, and so do those
// behind them: `report` says why, and it is asked again, ever more rarely, up to every ten seconds. After `give_up` it is
// ErrorCode::unavailable (none: never). An id that the registry does not know gives a schema with a problem, and is asked for again
// after a minute. Records that come with a schema or without a frame pass as they are.
[[nodiscard]] std::unique_ptr<SampleSource> make_registry_source(std::unique_ptr<SampleSource> source, RegistrySettings settings,
                                                                 std::optional<std::chrono::seconds> give_up = {});

}  // namespace rekindle
