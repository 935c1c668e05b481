// A record as a line of a recording (`connectors/decode/recording.hpp` has its shape and reads it).
#pragma once

#include <span>
#include <string>

#include "connectors/source.hpp"

namespace rekindle {

// With a line feed. `columns` goes in where it is not empty.
[[nodiscard]] std::string recording_line(const RawRecord& record, std::span<const RecordHeader> headers);

}  // namespace rekindle
