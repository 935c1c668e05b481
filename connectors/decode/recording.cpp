#include "connectors/decode/recording.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/base64.hpp"

namespace rekindle {

namespace {

namespace od = simdjson::ondemand;

simdjson::padded_string_view padded(std::string_view line) { return simdjson::padded_string_view(line, line.size() + payload_padding); }

// A string, of any bytes, or null.
struct Bytes {
  bool present = false;
  std::string text;
};

struct Line {
  std::string topic;
  std::int64_t partition = -1;
  std::int64_t offset = -1;
  std::int64_t timestamp_ms = 0;
  Bytes payload;
  Bytes key;
  std::string columns;
  bool has_payload = false;  // Even if it is null.
  std::vector<std::pair<std::string, Bytes>> headers;

  [[nodiscard]] bool complete() const { return !topic.empty() && partition >= 0 && offset >= 0 && has_payload; }
};

class LineParser {
 public:
  // False: it is no line of a recording.
  [[nodiscard]] bool parse(std::string_view text, Line& line) {
    od::document document;
    od::object object;
    line = {};
    if (parser_.iterate(padded(text)).get(document) || document.get_object().get(object)) return false;
    for (auto next : object) {
      od::field field;
      std::string_view key;
      if (std::move(next).get(field) || field.unescaped_key().get(key)) return false;
      if (!take(std::string(key), field.value(), line)) return false;
    }
    return line.complete();
  }

 private:
  static bool take(const std::string& key, od::value& value, Line& line) {
    if (key == "topic") return text_of(value, line.topic);
    if (key == "partition") return !value.get_int64().get(line.partition) && line.partition < std::int64_t{1} << 31;
    if (key == "offset") return !value.get_int64().get(line.offset);
    if (key == "ts") return !value.get_int64().get(line.timestamp_ms);
    if (key == "columns") return text_of(value, line.columns);
    if (key == "key" || key == "key_base64") return bytes_of(value, key == "key_base64", line.key);
    if (key == "headers" || key == "headers_base64") return headers_of(value, key == "headers_base64", line);
    if (key != "payload" && key != "payload_base64") return true;
    line.has_payload = true;
    return bytes_of(value, key == "payload_base64", line.payload);
  }

  static bool text_of(od::value& value, std::string& out) {
    std::string_view text;
    if (value.get_string().get(text)) return false;
    out = text;
    return true;
  }

  static bool bytes_of(od::value& value, bool coded, Bytes& out) {
    bool is_null = false;
    if (value.is_null().get(is_null)) return false;  // Such as "nul": neither null nor anything else.
    if (is_null) return true;
    std::string text;
    if (!text_of(value, text)) return false;
    out.present = true;
    if (!coded) {
      out.text = std::move(text);
      return true;
    }
    auto bytes = from_base64(text);
    out.text = bytes.value_or("");
    return bytes.has_value();
  }

  // Name and value in turn.
  static bool headers_of(od::value& value, bool coded, Line& line) {
    od::array array;
    bool is_null = false;
    if (value.is_null().get(is_null)) return false;
    if (is_null) return true;
    if (value.get_array().get(array)) return false;
    line.headers.clear();
    bool is_name = true;
    for (auto next : array) {
      od::value element;
      Bytes bytes;
      if (next.get(element) || !bytes_of(element, coded, bytes)) return false;
      if (is_name) {
        line.headers.emplace_back(std::move(bytes.text), Bytes());
      } else {
        line.headers.back().second = std::move(bytes);
      }
      is_name = !is_name;
    }
    return true;
  }

  od::parser parser_;
};

class RecordingSource final : public SampleSource {
 public:
  RecordingSource(std::unique_ptr<SampleSource> lines, LinesAre lines_are, bool control)
      : lines_(std::move(lines)), lines_are_(lines_are), control_(control) {}

  [[nodiscard]] Status open(const Position& position) override {
    position_ = position;
    is_recording_.reset();
    return lines_->open(position);
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override {
    auto polled = lines_->poll(patience);
    if (!polled || polled->records.empty()) return polled;
    if (!is_recording_) {
      const auto& first = polled->records.front();
      is_recording_ = first.column_names.empty() && is_recording_line(first.payload);
    }
    if (!*is_recording_ && lines_are_ == LinesAre::recording) {
      const auto& first = polled->records.front();
      return fail(ErrorCode::data, "{}: not a recording, and records of this format are not written line by line", first.topic);
    }
    if (!*is_recording_) return polled;
    if (auto status = unwrap(polled->records); !status) return tl::unexpected(status.error());
    return PollResult{records_, polled->at_end};
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override {
    std::vector<RecordHeader> out;
    const auto* line = static_cast<const Line*>(record.handle);
    if (line == nullptr) return out;
    for (const auto& [name, value] : line->headers) {
      out.push_back({name, value.present ? std::string_view(value.text) : std::string_view()});
    }
    return out;
  }

  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& learned, SourceStatus& out) const override { lines_->report(learned, out); }
  void close() override { lines_->close(); }

 private:
  [[nodiscard]] Status unwrap(std::span<const RawRecord> lines) {
    records_.clear();
    if (parsed_.size() < lines.size()) parsed_.resize(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto& line = parsed_[i];
      if (!parser_.parse(lines[i].payload, line)) {
        return fail(ErrorCode::data, "{}:{}: not a line of a recording such as the first one", lines[i].topic, lines[i].offset + 1);
      }
      const auto* begin = position_.find(line.topic, static_cast<std::int32_t>(line.partition));
      if (begin == nullptr || line.offset >= begin->next) add(line);
    }
    return {};
  }

  void add(Line& line) {
    RawRecord record;
    record.topic = *topics_.insert(line.topic).first;
    record.partition = static_cast<std::int32_t>(line.partition);
    record.offset = line.offset;
    record.timestamp_ms = std::max<std::int64_t>(line.timestamp_ms, 0);
    record.tombstone = !line.payload.present;
    const auto size = line.payload.text.size();
    line.payload.text.resize(size + payload_padding);
    record.payload = std::string_view(line.payload.text).substr(0, size);
    if (line.key.present) record.key = line.key.text;
    record.column_names = line.columns;
    record.handle = &line;
    for (const auto& [name, value] : line.headers) {
      if (control_ && name == control_header) record.control = value.text;
    }
    records_.push_back(record);
  }

  std::unique_ptr<SampleSource> lines_;
  LinesAre lines_are_;
  bool control_;
  Position position_;
  std::optional<bool> is_recording_;
  LineParser parser_;
  std::set<std::string, std::less<>> topics_;  // Names live as long as the source.
  std::vector<Line> parsed_;
  std::vector<RawRecord> records_;
};

}  // namespace

bool is_recording_line(std::string_view line) {
  Line ignored;
  return line.starts_with('{') && line.find("\"offset\"") != std::string_view::npos && LineParser().parse(line, ignored);
}

std::unique_ptr<SampleSource> make_recording_source(std::unique_ptr<SampleSource> lines, LinesAre lines_are, bool control) {
  return std::make_unique<RecordingSource>(std::move(lines), lines_are, control);
}

}  // namespace rekindle
