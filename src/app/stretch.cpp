#include "app/stretch.hpp"

#include <charconv>

#include "connectors/decode/fields.hpp"

namespace rekindle {

namespace {

Status read_place(const char* option, const std::string& text, std::optional<std::int64_t>& line, std::optional<std::int64_t>& time_ms) {
  if (text.empty()) return {};
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number >= 0) {
    line = number;
    return {};
  }
  time_ms = parse_rfc3339(text);
  if (time_ms) return {};
  return fail(ErrorCode::usage, "{} wants a line, from 0, or a time such as 2026-11-23T10:00:00Z, got \"{}\"", option, text);
}

}  // namespace

Result<Stretch> read_stretch(const std::string& offset, const std::string& until, std::uint64_t samples) {
  Stretch out;
  out.samples = samples;
  std::optional<std::int64_t> first;
  if (auto status = read_place("--offset", offset, first, out.since_ms); !status) return tl::unexpected(status.error());
  if (auto status = read_place("--until", until, out.until, out.until_ms); !status) return tl::unexpected(status.error());
  out.offset = first.value_or(0);
  const bool no_lines = out.until && *out.until <= out.offset;
  const bool no_time = out.since_ms && out.until_ms && *out.until_ms <= *out.since_ms;
  if (no_lines || no_time) return fail(ErrorCode::usage, "--until {} is not behind --offset {}", until, offset.empty() ? "0" : offset);
  return out;
}

}  // namespace rekindle
