// A generated stream as a source of records: no file, no Kafka.
#pragma once

#include <memory>

#include "connectors/generate/drifting.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// JSON records of topic "generate", as `rekindle generate --format json` writes them; the offset is the sample's index. It ends
// after `samples`. A position is reached by generating what is before it.
[[nodiscard]] std::unique_ptr<SampleSource> make_generate_source(Choice<GeneratorRow> choice, std::uint64_t samples);

}  // namespace rekindle
