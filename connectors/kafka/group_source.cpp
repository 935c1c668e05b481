#include "connectors/kafka/group_source.hpp"

#include <utility>

#include "connectors/kafka/kafka_source.hpp"

namespace rekindle::kafka {

namespace {

using std::chrono::milliseconds;

// A member's samples, until partitions come or go.
class MemberSource final : public SampleSource {
 public:
  explicit MemberSource(GroupConsumer& consumer) : consumer_(consumer), started_(consumer.partitions()) {}

  [[nodiscard]] Status open(const Position& /*position*/) override { return {}; }
  [[nodiscard]] Result<PollResult> poll(milliseconds patience) override {
    const auto polled = consumer_.poll(patience);
    if (!polled) return tl::unexpected(polled.error());
    if (std::exchange(begun_, true)) started_.clear();
    return PollResult{*polled, false, started_};
  }
  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override { return GroupConsumer::headers_of(record); }
  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& learned, SourceStatus& out) const override { consumer_.report(learned, out); }
  void close() override {}

 private:
  GroupConsumer& consumer_;
  std::vector<PartitionPosition> started_;
  bool begun_ = false;
};

}  // namespace

Result<std::unique_ptr<GroupSource>> GroupSource::make(const KafkaSourceSettings& settings, GroupMember& member, Labels labels) {
  std::unique_ptr<GroupSource> source(new GroupSource(settings, std::move(labels)));
  auto consumer = GroupConsumer::make(settings, member);
  if (!consumer) return tl::unexpected(consumer.error());
  source->consumer_ = *std::move(consumer);
  return source;
}

void GroupSource::merge_anew() {
  if (merged_) merged_->close();
  merged_.reset();
  epoch_ = consumer_->epoch();
  if (consumer_->partitions().empty()) return;
  auto settings = settings_;
  settings.topics = {labels_.topic};
  settings.only_known = true;
  merged_ = make_merged_source(std::make_unique<MemberSource>(*consumer_), make_kafka_source(std::move(settings)));
  (void)merged_->open(labels_.places());  // The samples' client stands where the group has it.
}

Result<std::span<const RawRecord>> GroupSource::poll(milliseconds patience) {
  if (labels_.topic.empty()) return consumer_->poll(patience);
  if (epoch_ != consumer_->epoch()) merge_anew();
  given_ = 0;
  if (!merged_ || consumer_->held()) return consumer_->poll(patience);  // Nothing but the group's news.
  const auto polled = merged_->poll(patience);
  if (!polled) return tl::unexpected(polled.error());
  if (epoch_ != consumer_->epoch()) return std::span<const RawRecord>();  // These come again.
  given_ = polled->records.size();
  return polled->records;
}

std::vector<RecordHeader> GroupSource::headers_of(const RawRecord& record) const {
  return merged_ ? merged_->headers_of(record) : GroupConsumer::headers_of(record);
}

void GroupSource::report(const Position& learned, SourceStatus& out) const {
  merged_ ? merged_->report(learned, out) : consumer_->report(learned, out);
}

void GroupSource::close() {
  if (merged_) merged_->close();
  consumer_->close();
}

}  // namespace rekindle::kafka
