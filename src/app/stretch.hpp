// Stretch: the part of a recording that a pass goes over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace rekindle {

// Lines count from 0. Times are event times, ms since 1970; records that cannot be decoded have none, and go with those before them.
struct Stretch {
  std::int64_t offset = 0;                    // The line of the first record.
  std::uint64_t samples = 0;                  // Records, at most; 0: all.
  std::optional<std::int64_t> since_ms = {};  // The first record is the first of this time or later.
  std::optional<std::int64_t> until = {};     // Ends before this line.
  std::optional<std::int64_t> until_ms = {};  // Ends before the first record of this time or later.
  [[nodiscard]] bool by_time() const { return since_ms || until_ms; }
};

// The ends of a stretch as they are typed: a line, or a time such as 2026-11-23T10:00:00Z; "" is none.
// ErrorCode::usage where it is neither, or where nothing would be between the two.
[[nodiscard]] Result<Stretch> read_stretch(const std::string& offset, const std::string& until, std::uint64_t samples);

}  // namespace rekindle
