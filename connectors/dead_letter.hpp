// What a dead letter says about itself, whichever way it goes.
#pragma once

#include <span>
#include <vector>

#include "connectors/source.hpp"
#include "data/output.hpp"

namespace rekindle {

// The record's own headers, then rekindle.error.{topic,partition,offset,reason,detail}.
[[nodiscard]] std::vector<OutputHeader> dead_letter_headers(const RawRecord& record, std::span<const RecordHeader> headers,
                                                            const Rejection& rejection);

}  // namespace rekindle
