#include "app/recording_pass.hpp"

#include <algorithm>

#include "app/signals.hpp"
#include "app/sources.hpp"

namespace rekindle {

namespace {
std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }
}  // namespace

RecordingPass::RecordingPass(RecordingPassOptions options, const SourceConfiguration& configuration, Session& session, ErrorBudget& budget)
    : options_(std::move(options)),
      configuration_(configuration),
      session_(session),
      budget_(budget),
      progress_(options_.what, options_.samples) {
  if (options_.speed) pace_.emplace(*options_.speed);
}

Status RecordingPass::run() {
  source_ = make_recording(configuration_, options_.from);
  Position position;
  position.set(file_name(options_.from), 0, options_.offset);
  if (auto status = source_->open(position); !status) return status;
  const auto ended = begin(*source_);
  if (!ended) return tl::unexpected(ended.error());
  return *ended || full() ? Status() : learn_ahead(*source_);
}

Position RecordingPass::position() const {
  auto position = position_;
  if (taken_ == 0) {
    position.set(file_name(options_.from), 0, options_.offset);
  } else {
    settle(position);
  }
  return position;
}

// Record by record until the features are known; true when the recording has ended.
Result<bool> RecordingPass::begin(SampleSource& source) {
  while (session_.learner() == nullptr) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", taken_);
    const auto polled = source.poll(std::chrono::milliseconds(100));
    if (!polled) return tl::unexpected(polled.error());
    for (const auto& record : polled->records) {
      if (full()) return true;
      const auto learned = session_.take(record);
      if (!learned) return tl::unexpected(learned.error());
      count(*learned, {record.topic, record.partition, record.offset});
      if (!pace_ || !*learned) continue;
      if (auto status = pace_->wait(session_.sample().time_ms); !status) return tl::unexpected(status.error());
    }
    if (polled->at_end) return true;
  }
  return false;
}

Status RecordingPass::learn_ahead(SampleSource& source) {
  const auto beside = session_.another_decoder();
  DecodeAhead ahead(source, session_.decoder(), *beside);
  while (!full()) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", taken_);
    const auto& batch = ahead.next();
    if (!batch.status) return batch.status;
    const auto wanted = options_.samples == 0 ? batch.size : std::min<std::uint64_t>(batch.size, options_.samples - taken_);
    const auto records = std::span(batch.records).first(wanted);
    if (follower_ != nullptr) follower_->follow(records);
    for (const auto& record : records) {
      if (pace_ && record.usable) {
        if (auto status = pace_->wait(record.sample.time_ms); !status) return status;
        progress_.show(taken_);
      }
      count(session_.take(record), {record.topic, record.partition, record.offset});
    }
    if (batch.at_end) return {};
    progress_.show(taken_);
  }
  return {};
}

void RecordingPass::count(bool learned, const At& at) {
  budget_.count(!learned, session_.rejection());
  if (taken_ != 0 && (at.partition != last_.partition || at.topic != last_.topic)) settle(position_);
  last_ = at;
  ++taken_;
}

}  // namespace rekindle
