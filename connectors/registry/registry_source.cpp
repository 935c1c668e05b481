#include "connectors/registry/registry_source.hpp"

#include <vector>

#include "connectors/registry/registered_schemas.hpp"

namespace rekindle {

namespace {

class RegistrySource final : public SampleSource {
 public:
  RegistrySource(std::unique_ptr<SampleSource> source, RegistrySettings settings, std::optional<std::chrono::seconds> give_up)
      : source_(std::move(source)), schemas_(std::move(settings)), give_up_(give_up) {}

  [[nodiscard]] Status open(const Position& position) override {
    records_.clear();
    given_ = 0;
    return source_->open(position);
  }

  [[nodiscard]] Result<PollResult> poll(std::chrono::milliseconds patience) override {
    PollResult out;
    if (given_ == records_.size()) {
      const auto polled = source_->poll(patience);
      if (!polled) return polled;
      records_.assign(polled->records.begin(), polled->records.end());
      given_ = 0;
      at_end_ = polled->at_end;
      out.started = polled->started;
    }
    const auto first = given_;
    while (given_ < records_.size() && schemas_.attach(records_[given_])) ++given_;
    if (given_ == first && given_ < records_.size()) {
      if (schemas_.wait_for(records_[given_], patience)) {
        while (given_ < records_.size() && schemas_.attach(records_[given_])) ++given_;
      } else if (give_up_ && schemas_.failing_for() > *give_up_ && !schemas_.problem().empty()) {
        return fail(ErrorCode::unavailable, "{}", schemas_.problem());
      }
    }
    out.records = std::span(records_).subspan(first, given_ - first);
    out.at_end = at_end_ && given_ == records_.size();
    return out;
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override { return source_->headers_of(record); }
  void commit_for_lag_tools(const Position& position) override { source_->commit_for_lag_tools(position); }

  void report(const Position& learned, SourceStatus& out) const override {
    source_->report(learned, out);
    out.waiting = schemas_.problem();
  }

  void close() override {
    schemas_.stop();
    source_->close();
  }

 private:
  std::unique_ptr<SampleSource> source_;
  RegisteredSchemas schemas_;
  std::optional<std::chrono::seconds> give_up_;
  std::vector<RawRecord> records_;  // Of the last poll; the first `given_` were given out.
  std::size_t given_ = 0;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<SampleSource> make_registry_source(std::unique_ptr<SampleSource> source, RegistrySettings settings,
                                                   std::optional<std::chrono::seconds> give_up) {
  return std::make_unique<RegistrySource>(std::move(source), std::move(settings), give_up);
}

}  // namespace rekindle
