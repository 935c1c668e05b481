#include "connectors/merged_source.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace rekindle {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto wait_step = milliseconds(10);
constexpr auto look_again = milliseconds(50);       // At where the ends are.
constexpr auto gone_for_long = milliseconds(1000);  // Nobody polled: what did not come meanwhile says nothing.

// A record with bytes of its own.
struct Kept {
  RawRecord record;
  std::int64_t order = 0;
  std::string bytes;  // Payload, padding, key.
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> control = {};
};

struct Partition {
  std::string_view topic;
  std::int32_t partition = 0;
  std::deque<Kept> records;
  bool at_end = false;
  Clock::time_point heard;  // When it showed something last.
};

// One of the two sources, and what was read of it ahead.
class Side {
 public:
  Side(std::unique_ptr<SampleSource> source, OrderOf order, const MergeOptions& options)
      : source_(std::move(source)), order_(std::move(order)), options_(options) {}

  [[nodiscard]] Status open(const Position& position) {
    opened_ = polled_ = Clock::now();
    read_ = position;
    return source_->open(position);
  }
  [[nodiscard]] SampleSource& source() { return *source_; }
  [[nodiscard]] const SampleSource& source() const { return *source_; }

  // Takes what is there, if some partition has nothing to show.
  [[nodiscard]] Status fill(milliseconds patience, std::vector<PartitionPosition>& started) {
    const auto now = Clock::now();
    if (now - std::exchange(polled_, now) > gone_for_long) {
      opened_ = now;
      for (auto& one : partitions_) one.heard = now;
    }
    if (ended_ || full() || !wants_more()) return {};
    const auto polled = source_->poll(patience);
    if (!polled) return tl::unexpected(polled.error());
    ended_ = polled->at_end;
    for (const auto& one : polled->started) {
      started.push_back(one);
      read_.set(one.topic, one.partition, one.next);
      (void)partition(one.topic, one.partition);
    }
    for (const auto& record : polled->records) keep(record, now);
    if (wants_more()) look_at_ends(now);
    return {};
  }

  // Whether what stands before all that is there may still come.
  [[nodiscard]] bool holds_up() const {
    // `connected_` is as old as the last look, and nobody looks while all partitions have something to show.
    if (ended_ || full() || !wants_more()) return false;
    if (!connected_) return true;
    const auto recent = Clock::now() - options_.longest_wait;
    if (partitions_.empty()) return opened_ > recent;
    return std::ranges::any_of(partitions_, [&](const auto& one) { return one.records.empty() && !one.at_end && one.heard > recent; });
  }

  // The partition whose next record stands first; null: there is none.
  [[nodiscard]] Partition* first() {
    Partition* best = nullptr;
    for (auto& one : partitions_) {
      if (one.records.empty()) continue;
      if (best == nullptr || place(one) < place(*best)) best = &one;
    }
    return best;
  }
  [[nodiscard]] Kept take(Partition& from) {
    auto kept = std::move(from.records.front());
    from.records.pop_front();
    bytes_ -= kept.bytes.size();
    return kept;
  }
  [[nodiscard]] bool done() const { return ended_ && bytes_ == 0; }
  [[nodiscard]] bool empty() const { return bytes_ == 0; }

 private:
  [[nodiscard]] bool full() const { return bytes_ >= options_.most_bytes; }
  [[nodiscard]] bool wants_more() const {
    return partitions_.empty() || std::ranges::any_of(partitions_, [](const auto& one) { return one.records.empty(); });
  }

  static std::tuple<std::int64_t, std::string_view, std::int32_t> place(const Partition& one) {
    return {one.records.front().order, one.topic, one.partition};
  }

  void keep(const RawRecord& record, Clock::time_point now) {
    auto& to = partition(record.topic, record.partition);
    Kept kept;
    kept.order = order_ ? order_(record) : record.timestamp_ms;
    kept.bytes.reserve(record.payload.size() + payload_padding + record.key.size());
    kept.bytes.append(record.payload).append(payload_padding, ' ').append(record.key);
    for (const auto& [name, value] : source_->headers_of(record)) kept.headers.emplace_back(name, value);
    if (record.is_control()) kept.control = record.control;
    kept.record = record;
    kept.record.topic = to.topic;
    kept.record.column_names = record.column_names.empty() ? std::string_view() : *names_.emplace(record.column_names).first;
    to.at_end = false;
    to.heard = now;
    bytes_ += kept.bytes.size();
    read_.set(record.topic, record.partition, record.offset + 1);
    to.records.push_back(std::move(kept));
  }

  Partition& partition(std::string_view topic, std::int32_t number) {
    const auto at = std::ranges::find_if(partitions_, [&](const auto& one) { return one.partition == number && one.topic == topic; });
    if (at != partitions_.end()) return *at;
    partitions_.push_back({*names_.emplace(topic).first, number, {}, false, Clock::now()});
    return partitions_.back();
  }

  void look_at_ends(Clock::time_point now) {
    if (now - looked_ < look_again) return;
    looked_ = now;
    SourceStatus status;
    source_->report(read_, status);
    connected_ = status.connected;
    for (const auto& one : status.partitions) {
      if (one.lag_records || status.caught_up) partition(one.topic, one.partition).at_end = one.lag_records.value_or(0) == 0;
    }
  }

  std::unique_ptr<SampleSource> source_;
  OrderOf order_;
  const MergeOptions& options_;
  Position read_;
  std::vector<Partition> partitions_;
  std::set<std::string, std::less<>> names_;  // Of topics, and lines of column names: they live as long as the source.
  std::size_t bytes_ = 0;
  bool ended_ = false;
  bool connected_ = true;
  Clock::time_point opened_;
  Clock::time_point polled_;
  Clock::time_point looked_;
};

class MergedSource final : public SampleSource {
 public:
  MergedSource(std::unique_ptr<SampleSource> samples, std::unique_ptr<SampleSource> labels, MergeOptions options)
      : options_(std::move(options)),
        samples_(std::move(samples), options_.order_of_sample, options_),
        labels_(std::move(labels), options_.order_of_label, options_) {}

  [[nodiscard]] Status open(const Position& position) override {
    if (auto status = samples_.open(position); !status) return status;
    return labels_.open(position);
  }

  [[nodiscard]] Result<PollResult> poll(milliseconds patience) override {
    given_.clear();
    records_.clear();
    started_.clear();
    const auto deadline = Clock::now() + patience;
    auto wait = milliseconds(0);
    while (true) {
      for (auto* side : {&samples_, &labels_}) {
        if (auto status = side->fill(wait, started_); !status) return tl::unexpected(status.error());
      }
      give();
      const bool at_end = samples_.done() && labels_.done();
      if (!given_.empty() || !started_.empty() || at_end || Clock::now() >= deadline) break;
      wait = std::min<milliseconds>(wait_step, patience);
    }
    for (const auto& kept : given_) records_.push_back(kept.record);
    return PollResult{records_, samples_.done() && labels_.done(), started_};
  }

  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override {
    std::vector<RecordHeader> out;
    const auto* kept = static_cast<const Kept*>(record.handle);
    if (kept == nullptr) return out;
    for (const auto& [name, value] : kept->headers) out.push_back({name, value});
    return out;
  }

  void commit_for_lag_tools(const Position& position) override { samples_.source().commit_for_lag_tools(position); }

  void report(const Position& learned, SourceStatus& out) const override {
    samples_.source().report(learned, out);
    SourceStatus labels;
    labels_.source().report(learned, labels);
    out.connected = out.connected && labels.connected;
    if (out.problem.empty()) out.problem = std::move(labels.problem);
    out.losses += labels.losses;
    out.lost_records += labels.lost_records;
    if (!labels.loss.empty()) out.loss = std::move(labels.loss);
    out.caught_up = out.caught_up && labels.caught_up && samples_.empty() && labels_.empty();
    for (auto& one : labels.partitions) out.partitions.push_back(std::move(one));
  }

  void close() override {
    samples_.source().close();
    labels_.source().close();
  }

 private:
  void give() {
    while (given_.size() < merged_batch_size && !samples_.holds_up() && !labels_.holds_up()) {
      auto* sample = samples_.first();
      auto* label = labels_.first();
      if (sample == nullptr && label == nullptr) return;
      const bool takes_label = label != nullptr && (sample == nullptr || stands_first(*label, *sample));
      auto& kept = given_.emplace_back(takes_label ? labels_.take(*label) : samples_.take(*sample));
      const std::string_view bytes = kept.bytes;
      kept.record.payload = bytes.substr(0, kept.record.payload.size());
      if (kept.record.key.data() != nullptr) kept.record.key = bytes.substr(kept.record.payload.size() + payload_padding);
      if (kept.control) kept.record.control = *kept.control;
      kept.record.handle = &kept;
    }
  }
  [[nodiscard]] bool stands_first(const Partition& label, const Partition& sample) const {
    const auto of_label = label.records.front().order;
    const auto of_sample = sample.records.front().order;
    return options_.labels_first ? of_label <= of_sample : of_label < of_sample;
  }

  const MergeOptions options_;
  Side samples_;
  Side labels_;
  std::deque<Kept> given_;  // Does not move what it holds.
  std::vector<RawRecord> records_;
  std::vector<PartitionPosition> started_;
};

}  // namespace

std::unique_ptr<SampleSource> make_merged_source(std::unique_ptr<SampleSource> samples, std::unique_ptr<SampleSource> labels,
                                                 MergeOptions options) {
  return std::make_unique<MergedSource>(std::move(samples), std::move(labels), std::move(options));
}

}  // namespace rekindle
