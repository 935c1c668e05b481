// A recording's decoded samples, kept beside it: NAME.decoded. Who learns the recording again under another schedule, optimizer,
// detector or policy reads them at the speed of memory, and comes to the same bits.
#pragma once

#include <memory>
#include <string>

#include "app/configuration.hpp"
#include "app/session.hpp"
#include "connectors/source.hpp"

namespace rekindle {

// The decoded records behind the first `skip`; the session's features are known. Makes the file first where there is none, or
// one of another schema, source, recording or version of the program.
[[nodiscard]] Result<std::unique_ptr<SampleSource>> open_decoded_cache(const SourceConfiguration& source, const Session& session,
                                                                       const std::string& recording, std::uint64_t skip);

// Why a recording cannot have one; "": it can.
[[nodiscard]] std::string no_decoded_cache(const SourceConfiguration& source, const std::string& recording);

}  // namespace rekindle
