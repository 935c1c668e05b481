// A generated sample as text: numbers as the shortest that read back to the same double. No line feed after it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connectors/generate/drifting.hpp"

namespace rekindle {

inline constexpr const char* label_column = "y";

// "x0,x1,y"
[[nodiscard]] std::string csv_header(std::span<const std::string> columns);
// An absent value is an empty cell.
void append_csv(const StreamSample& sample, std::string& out);
// An absent value is null.
void append_json(std::span<const std::string> columns, const StreamSample& sample, std::string& out);
// "sample,kind,width,concept" and a row for each drift, with line feeds.
[[nodiscard]] std::string truth_csv(std::span<const PlannedDrift> drifts);

}  // namespace rekindle
