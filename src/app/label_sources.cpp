#include "app/label_sources.hpp"

#include <filesystem>
#include <limits>
#include <utility>

#include "app/sources.hpp"
#include "connectors/decode/label_decoder.hpp"
#include "connectors/merged_source.hpp"

namespace rekindle {

namespace {

constexpr const char* position_field = "position";

// The lines of a file under the name of a topic.
class NamedLines final : public SampleSource {
 public:
  NamedLines(std::unique_ptr<SampleSource> lines, std::string file, std::string topic)
      : lines_(std::move(lines)), file_(std::move(file)), topic_(std::move(topic)) {}

  [[nodiscard]] Status open(const Position& position) override { return lines_->open(of_the_file(position)); }
  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override {
    auto polled = lines_->poll(patience);
    if (!polled) return polled;
    records_.assign(polled->records.begin(), polled->records.end());
    for (auto& record : records_) record.topic = topic_;
    polled->records = records_;
    return polled;
  }
  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override { return lines_->headers_of(record); }
  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& learned, SourceStatus& out) const override {
    lines_->report(of_the_file(learned), out);
    for (auto& one : out.partitions) one.topic = topic_;
  }
  void close() override { lines_->close(); }

 private:
  [[nodiscard]] Position of_the_file(const Position& position) const {
    Position out;
    if (const auto* at = position.find(topic_, 0)) out.set(file_, 0, at->next);
    return out;
  }

  std::unique_ptr<SampleSource> lines_;
  std::string file_;
  std::string topic_;
  std::vector<RawRecord> records_;
};

// The time of a record, by a decoder that reads nothing else. What it cannot read stays where it is.
class TimeReader {
 public:
  TimeReader(const SourceConfiguration& source, Schema schema, std::int64_t otherwise) : otherwise_(otherwise) {
    auto options = source;
    options.label_may_be_absent = true;
    options.labels_topic.clear();
    decoder_ = make_decoder(options, schema);
    decoder_->set_layout({});
  }
  [[nodiscard]] std::int64_t operator()(const RawRecord& record) {
    auto timeless = record;
    timeless.timestamp_ms = otherwise_;
    if (decoder_->decode(timeless, sample_, ignored_)) last_ = sample_.time_ms;
    return last_;
  }

 private:
  std::int64_t otherwise_;
  std::int64_t last_ = 0;
  std::unique_ptr<Decoder> decoder_;
  Sample sample_;
  Rejection ignored_;
};

OrderOf time_of(const SourceConfiguration& source, const Schema& schema, std::int64_t otherwise) {
  return [reader = std::make_shared<TimeReader>(source, schema, otherwise)](const RawRecord& record) { return (*reader)(record); };
}

std::int64_t index_of(const RawRecord& record) { return record.offset - (record.column_names.empty() ? 0 : 1); }

}  // namespace

std::unique_ptr<SampleSource> with_labels_of_file(std::unique_ptr<SampleSource> samples, std::unique_ptr<SampleSource> labels,
                                                  const SourceConfiguration& source, const Schema& schema) {
  auto of_labels = schema_of_labels(schema);
  MergeOptions options;
  if (!schema.time.empty()) {
    options.order_of_sample = time_of(source, of_labels, 0);
    options.order_of_label = time_of(source, of_labels, 0);
  } else {
    of_labels.time = position_field;
    options.order_of_sample = index_of;
    options.order_of_label = time_of(source, of_labels, std::numeric_limits<std::int64_t>::max());
    options.labels_first = true;
  }
  return make_merged_source(std::move(samples), std::move(labels), std::move(options));
}

std::string labels_of(const SourceConfiguration& source, const std::string& path) {
  if (!source.labels_path.empty() || source.labels_topic.empty() || path == "-") return source.labels_path;
  auto beside = std::filesystem::path(path);
  // Behind the ending of a packed file is that of its form.
  std::string packed;
  if (beside.extension() == ".gz" || beside.extension() == ".zst") {
    packed = beside.extension().string();
    beside.replace_extension();
  }
  beside.replace_extension(".labels" + beside.extension().string() + packed);
  std::error_code ignored;
  return std::filesystem::exists(beside, ignored) ? beside.string() : "";
}

std::unique_ptr<SampleSource> named_lines(std::unique_ptr<SampleSource> lines, const std::string& path, const std::string& topic) {
  return std::make_unique<NamedLines>(std::move(lines), path.substr(path.find_last_of('/') + 1), topic);
}

}  // namespace rekindle
