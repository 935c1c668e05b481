#include "connectors/merged_source.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <deque>
#include <map>
#include <utility>

namespace rekindle {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// A source whose records the test puts in.
class ScriptedSource final : public SampleSource {
 public:
  struct Script {
    std::deque<RawRecord> ready;
    std::deque<std::string> payloads;
    std::vector<PartitionStatus> partitions;  // As the broker would say; `lag_records` is worked out.
    std::map<std::pair<std::string, int>, std::int64_t> ends;
    bool connected = true;
    bool finite = false;
    Position opened;

    // A record with its time as payload, padded.
    void add(std::string_view topic, int partition, std::int64_t time_ms) {
      auto& end = ends[{std::string(topic), partition}];
      payloads.push_back(fmt::format("{}@{}", topic, time_ms) + std::string(payload_padding, ' '));
      RawRecord record;
      record.topic = topic;
      record.partition = partition;
      record.offset = end++;
      record.timestamp_ms = time_ms;
      record.payload = std::string_view(payloads.back()).substr(0, payloads.back().size() - payload_padding);
      ready.push_back(record);
    }
    void empty(std::string_view topic, int partition) { ends[{std::string(topic), partition}] = 0; }
  };

  explicit ScriptedSource(Script& script) : script_(script) {}
  [[nodiscard]] Status open(const Position& position) override {
    script_.opened = position;
    for (const auto& [at, end] : script_.ends) started_.push_back({at.first, at.second, 0});
    return {};
  }
  [[nodiscard]] Result<PollResult> poll(milliseconds /*patience*/) override {
    given_.assign(script_.ready.begin(), script_.ready.end());
    script_.ready.clear();
    const bool at_end = script_.finite;
    reported_ = std::exchange(started_, {});
    return PollResult{given_, at_end, reported_};
  }
  [[nodiscard]] std::vector<RecordHeader> headers_of(const RawRecord& record) const override { return {{"of", record.topic}}; }
  void commit_for_lag_tools(const Position& /*position*/) override {}
  void report(const Position& learned, SourceStatus& out) const override {
    out.connected = script_.connected;
    out.partitions.clear();
    for (const auto& [at, end] : script_.ends) {
      const auto* read = learned.find(at.first, at.second);
      const auto next = read == nullptr ? 0 : read->next;
      out.partitions.push_back({at.first, at.second, next, end - next, std::nullopt});
    }
  }
  void close() override {}

 private:
  Script& script_;
  std::vector<RawRecord> given_;
  std::vector<PartitionPosition> started_;
  std::vector<PartitionPosition> reported_;
};

class Merged : public testing::Test {
 protected:
  void open(MergeOptions options = {}) {
    source_ = make_merged_source(std::make_unique<ScriptedSource>(samples_), std::make_unique<ScriptedSource>(labels_), std::move(options));
    ASSERT_TRUE(source_->open({}));
  }
  std::vector<std::string> take() {
    std::vector<std::string> out;
    for (int i = 0; i < 3; ++i) {
      const auto polled = source_->poll(milliseconds(60));
      EXPECT_TRUE(polled);
      for (const auto& record : polled->records) {
        out.emplace_back(record.payload);
        EXPECT_EQ(record.payload.data()[record.payload.size()], ' ') << "padded";
        EXPECT_EQ(source_->headers_of(record).front().value, record.topic);
      }
    }
    return out;
  }

  ScriptedSource::Script samples_;
  ScriptedSource::Script labels_;
  std::unique_ptr<SampleSource> source_;
};

TEST_F(Merged, GoesByTimeAcrossTopicsAndPartitions) {
  samples_.add("s", 0, 1);
  samples_.add("s", 0, 5);
  samples_.add("s", 1, 2);
  labels_.add("l", 0, 2);
  labels_.add("l", 0, 4);
  open();
  EXPECT_THAT(take(), ElementsAre("s@1", "s@2", "l@2", "l@4", "s@5"));
}

TEST_F(Merged, WaitsForAPartitionThatIsNotAtItsEnd) {
  samples_.add("s", 0, 10);
  labels_.empty("l", 0);
  labels_.ends[{"l", 0}] = 1;  // There is one, which has not come yet.
  open();
  EXPECT_THAT(take(), IsEmpty());
  labels_.ends[{"l", 0}] = 0;
  labels_.add("l", 0, 3);
  EXPECT_THAT(take(), ElementsAre("l@3", "s@10"));
}

TEST_F(Merged, DoesNotWaitAtTheEnd) {
  samples_.add("s", 0, 10);
  labels_.empty("l", 0);
  open();
  EXPECT_THAT(take(), ElementsAre("s@10"));
  labels_.add("l", 0, 3);
  EXPECT_THAT(take(), ElementsAre("l@3"));
}

TEST_F(Merged, DoesNotWaitForeverForWhatShowsNothing) {
  samples_.add("s", 0, 10);
  labels_.ends[{"l", 0}] = 5;
  open({.longest_wait = milliseconds(100)});
  auto seen = take();
  for (int i = 0; i < 5 && seen.empty(); ++i) seen = take();
  EXPECT_THAT(seen, ElementsAre("s@10"));
}

TEST_F(Merged, WaitsWhileTheOtherSideIsNotConnected) {
  samples_.add("s", 0, 10);
  labels_.ends[{"l", 0}] = 5;
  labels_.connected = false;
  open({.longest_wait = milliseconds(50)});
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(Merged, GoesOnOnceBothShowSomethingAfterALookWithoutAConnection) {
  samples_.connected = labels_.connected = false;
  open();
  EXPECT_THAT(take(), IsEmpty());
  samples_.add("s", 0, 10);
  labels_.add("l", 0, 3);
  const auto polled = source_->poll(milliseconds(60));
  ASSERT_TRUE(polled);
  EXPECT_FALSE(polled->records.empty());
}

TEST_F(Merged, HoldsNoMoreThanItsBound) {
  for (int i = 0; i < 10; ++i) samples_.add("s", 0, i);
  samples_.ends[{"s", 1}] = 5;  // Never shows anything.
  labels_.empty("l", 0);
  open({.most_bytes = 500, .longest_wait = std::chrono::hours(1)});
  const auto seen = take();
  EXPECT_FALSE(seen.empty()) << "beyond the bound nobody is waited for";
  EXPECT_EQ(seen.front(), "s@0");
  EXPECT_LT(seen.size(), 10U) << "within it the partition is";
}

TEST_F(Merged, AnEndIsOneWhenBothHaveIt) {
  samples_.add("s", 0, 1);
  labels_.add("l", 0, 1);
  samples_.finite = labels_.finite = true;
  open({.labels_first = true});
  const auto polled = source_->poll(milliseconds(0));
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->records.size(), 2U);
  EXPECT_EQ(polled->records[0].payload, "l@1");
  EXPECT_TRUE(polled->at_end);
}

TEST_F(Merged, OrdersByWhatItIsTold) {
  for (const auto time : {1, 2, 3}) samples_.add("s", 0, time);
  labels_.add("l", 0, 100);
  samples_.finite = labels_.finite = true;
  open({.order_of_sample = [](const RawRecord& record) { return record.offset; },
        .order_of_label = [](const RawRecord&) { return 1; },
        .labels_first = true});
  EXPECT_THAT(take(), ElementsAre("s@1", "l@100", "s@2", "s@3"));
}

}  // namespace
}  // namespace rekindle
