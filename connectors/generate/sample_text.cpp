#include "connectors/generate/sample_text.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/append_format.hpp"

namespace rekindle {

std::string csv_header(std::span<const std::string> columns) { return fmt::format("{},{}", fmt::join(columns, ","), label_column); }

std::string csv_header_with_id(std::span<const std::string> columns) { return fmt::format("{},{}", id_column, csv_header(columns)); }

std::string late_csv_header() { return fmt::format("{},{},position", id_column, label_column); }

namespace {

// With a comma behind each.
void append_cells(const StreamSample& sample, std::string& out) {
  for (const double value : sample.features) {
    if (!std::isnan(value)) append_format(out, "{}", value);
    out += ',';
  }
}

void append_members(std::span<const std::string> columns, const StreamSample& sample, std::string& out) {
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (std::isnan(sample.features[j])) {
      append_format(out, "\"{}\":null,", columns[j]);
    } else {
      append_format(out, "\"{}\":{},", columns[j], sample.features[j]);
    }
  }
}

}  // namespace

void append_csv(const StreamSample& sample, std::string& out) {
  append_cells(sample, out);
  append_format(out, "{}", sample.label);
}

void append_csv_unlabelled(std::uint64_t id, const StreamSample& sample, std::string& out) {
  append_format(out, "{},", id);
  append_cells(sample, out);
}

void append_csv(const LateLabel& late, std::string& out) { append_format(out, "{},{},{}", late.id, late.label, late.position); }

void append_json(std::span<const std::string> columns, const StreamSample& sample, std::string& out) {
  out += '{';
  append_members(columns, sample, out);
  append_format(out, "\"{}\":{}}}", label_column, sample.label);
}

void append_json_unlabelled(std::span<const std::string> columns, std::uint64_t id, const StreamSample& sample, std::string& out) {
  append_format(out, "{{\"{}\":\"{}\",", id_column, id);
  append_members(columns, sample, out);
  append_format(out, "\"{}\":null}}", label_column);
}

void append_json(const LateLabel& late, std::string& out) {
  append_format(out, "{{\"{}\":\"{}\",\"{}\":{},\"position\":{}}}", id_column, late.id, label_column, late.label, late.position);
}

std::string truth_csv(std::span<const PlannedDrift> drifts) {
  std::string out = "sample,kind,width,concept\n";
  for (const auto& drift : drifts) {
    append_format(out, "{},{},{},{}\n", drift.sample, drift.kind, drift.width, drift.concept_then);
  }
  return out;
}

}  // namespace rekindle
