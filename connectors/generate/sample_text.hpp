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

// The same samples with an id, in a field before the others, and without their labels: the label is empty, or null.
inline constexpr const char* id_column = "id";
[[nodiscard]] std::string csv_header_with_id(std::span<const std::string> columns);
void append_csv_unlabelled(std::uint64_t id, const StreamSample& sample, std::string& out);
void append_json_unlabelled(std::span<const std::string> columns, std::uint64_t id, const StreamSample& sample, std::string& out);

// A label that comes later: it is known before sample number `position`.
struct LateLabel {
  std::uint64_t id = 0;
  int label = 0;
  std::uint64_t position = 0;
};
[[nodiscard]] std::string late_csv_header();
void append_csv(const LateLabel& late, std::string& out);
void append_json(const LateLabel& late, std::string& out);

// "sample,kind,width,concept" and a row for each drift, with line feeds.
[[nodiscard]] std::string truth_csv(std::span<const PlannedDrift> drifts);

}  // namespace rekindle
