// Records as a source gives them, and what a decoder makes of them.
#pragma once

#include <fmt/format.h>

#include <string>

#include "connectors/decode/decoder.hpp"

namespace rekindle::test {

// A record with the padding that a decoder asks for; whatever follows the payload must not matter.
struct Record {
  explicit Record(const std::string& text, std::string header = {}, std::int64_t timestamp_ms = 0)
      : bytes(text + std::string(payload_padding, '"')), column_names(std::move(header)) {
    raw.payload = std::string_view(bytes).substr(0, text.size());
    raw.column_names = column_names;
    raw.timestamp_ms = timestamp_ms;
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  std::string bytes;
  std::string column_names;
  RawRecord raw;
};

// "1 2.5 | 1 | w 1 | id k | t 0", or "undecodable of a: why": everything that a record became, in one line.
[[nodiscard]] inline std::string decoded(Decoder& decoder, const Record& record) {
  Sample sample;
  Rejection why;
  if (!decoder.decode(record.raw, sample, why)) {
    const auto field = why.field.empty() ? std::string() : " of " + why.field;
    return fmt::format("{}{}: {}", to_string(why.reason), field, why.detail);
  }
  const auto label =
      sample.label.kind == Label::Kind::absent
          ? "?"
          : (sample.label.kind == Label::Kind::number ? fmt::format("{}", sample.label.number) : fmt::format("'{}'", sample.label.text));
  auto out = fmt::format("{} | {}", fmt::join(sample.values, " "), label);
  // "| 1 | 3:0.5 7:1", "| 1 | 'DE' ''": sparse features and categories only where there may be some.
  const bool is_sparse = sample.values.empty() && sample.categories.empty();
  if (is_sparse) out += " |";
  for (const auto& one : sample.sparse) out += fmt::format(" {}:{}", one.index, one.value);
  if (!sample.categories.empty()) out += " |";
  for (const auto one : sample.categories) out += fmt::format(" '{}'", one);
  if (sample.weight != 1) out += fmt::format(" | w {}", sample.weight);
  if (!sample.id.empty()) out += fmt::format(" | id {}", sample.id);
  if (sample.time_ms != 0) out += fmt::format(" | t {}", sample.time_ms);
  return out;
}

// The features that are found, or why there are none.
[[nodiscard]] inline std::string discovered(Decoder& decoder, const Record& record) {
  Rejection why;
  const auto features = decoder.discover(record.raw, why);
  return features ? fmt::format("{}", fmt::join(*features, " ")) : fmt::format("{}: {}", to_string(why.reason), why.detail);
}

}  // namespace rekindle::test
