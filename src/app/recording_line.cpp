#include "app/recording_line.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/base64.hpp"
#include "connectors/decode/utf8.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;

void put_bytes(json::object& to, const std::string& name, std::string_view bytes, bool present) {
  to[name] = nullptr;
  if (!present) return;
  if (is_utf8(bytes)) {
    to[name] = bytes;
  } else {
    to[name + "_base64"] = base64(bytes);
  }
}

void put_headers(json::object& to, std::span<const RecordHeader> headers) {
  const bool coded = !std::ranges::all_of(headers, [](const auto& one) { return is_utf8(one.name) && is_utf8(one.value); });
  json::array array;
  for (const auto& [name, value] : headers) {
    array.emplace_back(coded ? base64(name) : std::string(name));
    array.push_back(value.data() == nullptr ? json::value() : json::value(coded ? base64(value) : std::string(value)));
  }
  if (coded) to["headers"] = nullptr;
  to[coded ? "headers_base64" : "headers"] = std::move(array);
}

}  // namespace

std::string recording_line(const RawRecord& record, std::span<const RecordHeader> headers) {
  json::object line;
  line["topic"] = record.topic;
  line["partition"] = record.partition;
  line["offset"] = record.offset;
  line["tstype"] = record.timestamp_ms > 0 ? "create" : "unknown";
  line["ts"] = record.timestamp_ms;
  if (!headers.empty()) put_headers(line, headers);
  if (!record.column_names.empty()) line["columns"] = record.column_names;
  put_bytes(line, "key", record.key, record.key.data() != nullptr);
  put_bytes(line, "payload", record.payload, !record.tombstone);
  return json_text(line) + "\n";
}

}  // namespace rekindle
