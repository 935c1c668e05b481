#include "app/recording_line.hpp"
#include "app/survey.hpp"
#include "connectors/decode/recording.hpp"
#include "tests/fuzz/decoding.hpp"

namespace {

using namespace rekindle;

// One line at a time, as a file gives them.
class Lines final : public SampleSource {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  Status open(const Position& /*position*/) override { return {}; }
  Result<PollResult> poll(std::chrono::milliseconds /*patience*/) override {
    if (rest_.empty()) return PollResult{{}, true};
    line_ = std::make_unique<fuzz::Padded>(rest_.substr(0, rest_.find('\n')));
    rest_.remove_prefix(std::min(rest_.size(), line_->text().size() + 1));
    record_.topic = "file";
    record_.payload = line_->text();
    ++record_.offset;
    return PollResult{{&record_, 1}, rest_.empty()};
  }
  std::vector<RecordHeader> headers_of(const RawRecord& /*record*/) const override { return {}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& /*learned*/, SourceStatus& /*out*/) const override {}
  void close() override {}

 private:
  std::string_view rest_;
  std::unique_ptr<fuzz::Padded> line_;
  RawRecord record_;
};

// What was read is written and read again.
void reads_back(const RawRecord& record, const std::vector<RecordHeader>& headers) {
  const auto line = recording_line(record, headers);
  const auto again = make_recording_source(std::make_unique<Lines>(line));
  fuzz::must(again->open({}).has_value());
  const auto polled = again->poll(std::chrono::milliseconds(0));
  fuzz::must(polled && polled->records.size() == 1 && polled->records[0].payload == record.payload);
  fuzz::must(polled->records[0].key == record.key && polled->records[0].offset == record.offset);
  fuzz::must(again->headers_of(polled->records[0]).size() == headers.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = make_recording_source(std::make_unique<Lines>(text));
  fuzz::must(source->open({}).has_value());
  std::vector<std::string> lines;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    if (!polled) break;
    at_end = polled->at_end;
    for (const auto& record : polled->records) {
      if (record.handle != nullptr) reads_back(record, source->headers_of(record));
      if (!record.payload.empty()) lines.emplace_back(record.payload);
    }
  }
  // `config init` looks at whatever there is.
  const auto form = recognise_form(lines, true);
  if (form) (void)survey_records(lines, *form);
  return 0;
}
