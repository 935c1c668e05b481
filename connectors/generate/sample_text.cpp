#include "connectors/generate/sample_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace rekindle {

std::string csv_header(std::span<const std::string> columns) { return fmt::format("{},{}", fmt::join(columns, ","), label_column); }

void append_csv(const StreamSample& sample, std::string& out) {
  auto to = std::back_inserter(out);
  for (const double value : sample.features) {
    if (!std::isnan(value)) fmt::format_to(to, "{}", value);
    out += ',';
  }
  fmt::format_to(to, "{}", sample.label);
}

void append_json(std::span<const std::string> columns, const StreamSample& sample, std::string& out) {
  auto to = std::back_inserter(out);
  out += '{';
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (std::isnan(sample.features[j])) {
      fmt::format_to(to, "\"{}\":null,", columns[j]);
    } else {
      fmt::format_to(to, "\"{}\":{},", columns[j], sample.features[j]);
    }
  }
  fmt::format_to(to, "\"{}\":{}}}", label_column, sample.label);
}

std::string truth_csv(std::span<const PlannedDrift> drifts) {
  std::string out = "sample,kind,width,concept\n";
  for (const auto& drift : drifts) {
    fmt::format_to(std::back_inserter(out), "{},{},{},{}\n", drift.sample, drift.kind, drift.width, drift.concept_then);
  }
  return out;
}

}  // namespace rekindle
