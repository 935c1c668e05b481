#include "connectors/generate/generate_source.hpp"

#include <algorithm>

#include "connectors/generate/sample_text.hpp"

namespace rekindle {

namespace {

constexpr const char* topic = "generate";

class GenerateSource final : public SampleSource {
 public:
  GenerateSource(Choice<GeneratorRow> choice, std::uint64_t samples) : choice_(std::move(choice)), samples_(samples) {}

  [[nodiscard]] Status open(const Position& position) override {
    stream_ = std::make_unique<DriftingStream>(choice_, samples_);
    columns_ = stream_->columns();
    const auto* at = position.find(topic, 0);
    const auto begin = at == nullptr ? 0 : static_cast<std::uint64_t>(at->next);
    for (next_ = 0; next_ < std::min(begin, samples_); ++next_) (void)stream_->next();
    return {};
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds /*patience*/) override {
    records_.clear();
    if (!stream_) return fail(ErrorCode::internal, "a generated stream was polled before it was opened");
    for (; next_ < samples_ && records_.size() < records_of_a_poll; ++next_) add();
    return PollResult{records_, next_ == samples_};
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& /*record*/) const override { return {}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}

  void report(const Position& learned, SourceStatus& out) const override {
    const auto* at = learned.find(topic, 0);
    const std::int64_t next = at == nullptr ? 0 : at->next;
    out.type = "generate";
    out.connected = stream_ != nullptr;
    out.caught_up = next_ == samples_;
    out.partitions = {{topic, 0, next, static_cast<std::int64_t>(samples_) - next, std::nullopt}};
  }

  void close() override { stream_.reset(); }

 private:
  void add() {
    if (texts_.size() <= records_.size()) texts_.resize(records_of_a_poll);
    auto& text = texts_[records_.size()];
    text.clear();
    append_json(columns_, stream_->next(), text);
    const auto size = text.size();
    text.resize(size + payload_padding);
    RawRecord record;
    record.topic = topic;
    record.offset = static_cast<std::int64_t>(next_);
    record.payload = std::string_view(text).substr(0, size);
    records_.push_back(record);
  }

  Choice<GeneratorRow> choice_;
  std::uint64_t samples_;
  std::unique_ptr<DriftingStream> stream_;
  std::vector<std::string> columns_;
  std::uint64_t next_ = 0;
  std::vector<std::string> texts_;  // Of the records of the last poll.
  std::vector<RawRecord> records_;
};

}  // namespace

std::unique_ptr<SampleSource> make_generate_source(Choice<GeneratorRow> choice, std::uint64_t samples) {
  return std::make_unique<GenerateSource>(std::move(choice), samples);
}

}  // namespace rekindle
