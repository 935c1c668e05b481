#include "app/recording_pass.hpp"

#include <algorithm>

#include "app/decoded_cache.hpp"
#include "app/signals.hpp"
#include "app/sources.hpp"
#include "connectors/decode/decoded.hpp"

namespace rekindle {

namespace {
std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }
}  // namespace

RecordingPass::RecordingPass(RecordingPassOptions options, const SourceConfiguration& configuration, Session& session, ErrorBudget& budget)
    : options_(std::move(options)),
      file_name_(file_name(options_.from)),
      configuration_(configuration),
      session_(session),
      budget_(budget),
      progress_(options_.what, options_.stretch.samples) {
  if (options_.speed) pace_.emplace(*options_.speed);
}

Status RecordingPass::run() {
  source_ = make_recording(configuration_, session_.spec().schema, options_.from);
  Position position;
  position.set(file_name_, 0, options_.stretch.offset);
  if (auto status = source_->open(position); !status) return status;
  const auto ended = begin(*source_);
  if (!ended) return tl::unexpected(ended.error());
  return *ended || full() ? Status() : learn_rest();
}

// A cache is a help: where there can be none, the records are decoded.
Status RecordingPass::learn_rest() {
  auto why_not = options_.cache ? no_decoded_cache(configuration_, options_.from) : "";
  if (options_.cache && options_.stretch.offset != 0) why_not = "the decoded samples are read from the first line on only";
  if (options_.cache && why_not.empty()) {
    auto cached = open_decoded_cache(configuration_, session_, options_.from, static_cast<std::uint64_t>(seen_));
    const auto here = make_decoded_decoder();
    const auto beside = make_decoded_decoder();
    if (cached) {
      cached_ = *std::move(cached);
      return learn_ahead(*cached_, *here, *beside);
    }
    if (cached.error().code == ErrorCode::interrupted) return tl::unexpected(cached.error());
    why_not = cached.error().message;
  }
  if (!why_not.empty()) fmt::print(stderr, "without a cache: {}\n", why_not);
  const auto beside = session_.another_decoder();
  return learn_ahead(*source_, session_.decoder(), *beside);
}

Position RecordingPass::position() const {
  auto position = position_;
  if (seen_ == 0) {
    position.set(file_name_, 0, options_.stretch.offset);
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
      const At at{record.topic, record.partition, record.offset};
      const auto where = this->place(at, seen_, options_.stretch.by_time() ? session_.time_of(record) : std::nullopt);
      if (!where) return tl::unexpected(where.error());
      if (*where == Place::behind) return ended_ = true;
      if (*where == Place::before) {
        pass_by(at);
        continue;
      }
      const auto learned = session_.take(record);
      if (!learned) return tl::unexpected(learned.error());
      count(*learned, session_.rejection(), at);
      if (!pace_ || !*learned) continue;
      if (auto status = pace_->wait(session_.sample().time_ms); !status) return tl::unexpected(status.error());
    }
    if (polled->at_end) return true;
  }
  return false;
}

Status RecordingPass::learn_ahead(SampleSource& source, Decoder& here, Decoder& beside) {
  DecodeAhead ahead(source, here, beside);
  while (!full()) {
    if (stop_signal() != 0) return fail(ErrorCode::interrupted, "interrupted after {} records", taken_);
    const auto& batch = ahead.next();
    if (!batch.status) return batch.status;
    const auto records = cut(std::span(batch.records).first(batch.size));
    if (!records) return tl::unexpected(records.error());
    if (follower_ != nullptr) follower_->follow(*records);
    if (auto status = take(*records); !status) return status;
    if (batch.at_end) return {};
    progress_.show(taken_);
  }
  return {};
}

Status RecordingPass::take(std::span<const DecodedRecord> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    const auto* const next = i + 1 < records.size() ? &records[i + 1] : nullptr;
    fetch_coming(next, i + 2 < records.size() ? &records[i + 2] : nullptr);
    if (pace_ && record.usable) {
      if (auto status = pace_->wait(record.sample.time_ms); !status) return status;
      progress_.show(taken_);
    }
    const bool good = follower_ != nullptr ? record.usable || record.control : session_.take(record, next);
    count(good, follower_ != nullptr ? record.why : session_.rejection(), {record.topic, record.partition, record.offset});
  }
  return {};
}

Result<RecordingPass::Place> RecordingPass::place(const At& at, std::int64_t before, std::optional<std::int64_t> time_ms) {
  const auto& stretch = options_.stretch;
  // A recorded topic's offsets are no lines.
  const auto line = at.topic == file_name_ ? at.offset : stretch.offset + before;
  if (stretch.until && line >= *stretch.until) return Place::behind;
  if (time_ms == 0) {
    return fail(ErrorCode::usage, "a sample has no event time; name its field by schema.time, or use the lines of the recording");
  }
  if (time_ms && stretch.until_ms && *time_ms >= *stretch.until_ms) return Place::behind;
  if (time_ms && stretch.since_ms && *time_ms >= *stretch.since_ms) begun_ = true;
  return begun_ || !stretch.since_ms ? Place::within : Place::before;
}

// Those of a batch that the stretch has.
Result<std::span<const DecodedRecord>> RecordingPass::cut(std::span<const DecodedRecord> records) {
  const auto& stretch = options_.stretch;
  std::size_t first = 0;
  if (stretch.by_time() || stretch.until) {
    std::size_t end = 0;
    for (; end < records.size(); ++end) {
      const auto& record = records[end];
      const At at{record.topic, record.partition, record.offset};
      const auto time = record.usable && stretch.by_time() ? std::optional(record.sample.time_ms) : std::nullopt;
      const auto where = this->place(at, seen_ + static_cast<std::int64_t>(end - first), time);
      if (!where) return tl::unexpected(where.error());
      ended_ = *where == Place::behind;
      if (ended_) break;
      if (*where == Place::before) {
        pass_by(at);
        first = end + 1;
      }
    }
    records = records.subspan(first, end - first);
  }
  const auto most = stretch.samples == 0 ? records.size() : stretch.samples - taken_;
  return records.first(std::min<std::uint64_t>(records.size(), most));
}

void RecordingPass::count(bool learned, const Rejection& why, const At& at) {
  budget_.count(!learned, why);
  pass_by(at);
  ++taken_;
}

void RecordingPass::pass_by(const At& at) {
  // Nearly always the very same name.
  const bool very_same = at.topic.data() == last_.topic.data() && at.topic.size() == last_.topic.size();
  const bool same_place = at.partition == last_.partition && (very_same || at.topic == last_.topic);
  if (seen_ != 0 && !same_place) settle(position_);
  last_ = at;
  ++seen_;
}

}  // namespace rekindle
