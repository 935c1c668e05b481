// What keeps a member of a group that has lost its partitions from publishing what it learned of them: its place in the group, as it was
// when the batch was made. A member as small as can be does it rightly, and with each of the mistakes that are close at hand.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <memory>

#include "connectors/kafka/group_consumer.hpp"
#include "connectors/kafka/transactional_producer.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

class SmallMember : public kafka::GroupMember {
 public:
  SmallMember(const std::string& brokers, const std::string& topic, const std::string& name) : topic_(topic) {
    kafka::KafkaSourceSettings settings;
    settings.kafka.brokers = brokers;
    settings.kafka.properties = {{"session.timeout.ms", "6000"}, {"max.poll.interval.ms", "6000"}};
    settings.topics = {topic};
    settings.group = topic;
    producer_ = kafka::TransactionalProducer::make({brokers, {}, {}}, "rekindle." + topic + "." + name).value();
    EXPECT_TRUE(eventually([&] { return producer_->begin(2s).has_value(); }));
    consumer_ = kafka::GroupConsumer::make(settings, *this).value();
  }
  ~SmallMember() override { consumer_->close(); }
  SmallMember(const SmallMember&) = delete;
  SmallMember& operator=(const SmallMember&) = delete;

  Status assigned(std::vector<PartitionPosition>& partitions) override {
    ++assignments_;
    const auto committed = consumer_->committed(partitions);
    if (!committed) return tl::unexpected(committed.error());
    for (auto& one : partitions) {
      const auto* found = committed->find(one.topic, one.partition);
      one.next = found == nullptr ? 0 : found->next;
      learned_ = one.next;
    }
    owns_ = !partitions.empty();
    return {};
  }
  void revoked(bool /*lost*/) override { owns_ = false; }

  void poll() {
    const auto records = consumer_->poll(50ms);
    ASSERT_TRUE(records.has_value()) << records.error().message;
    for (const auto& one : *records) learned_ = one.offset + 1;
  }
  [[nodiscard]] bool learns(std::int64_t records) {
    return eventually(
        [&] {
          poll();
          return owns_ && learned_ >= records;
        },
        40s);
  }
  [[nodiscard]] int assignments() const { return assignments_; }
  [[nodiscard]] kafka::GroupMetadataHolder place() const { return consumer_->member(); }

  // All that it has learned, as a member of that place. False: refused.
  [[nodiscard]] bool publish(const rd_kafka_consumer_group_metadata_t& place, std::int64_t learned) {
    const auto done = producer_->publish(parts_, place, offsets(learned));
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return done && *done;
  }
  [[nodiscard]] bool publish_as_nobody(std::int64_t learned) { return producer_->publish(parts_, topic_, offsets(learned)).has_value(); }

 private:
  [[nodiscard]] Position offsets(std::int64_t learned) const {
    Position out;
    out.set(topic_, 0, learned);
    return out;
  }

  std::string topic_;
  OutputBatch nothing_;
  std::array<const OutputBatch*, 1> parts_ = {&nothing_};
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::unique_ptr<kafka::GroupConsumer> consumer_;
  std::int64_t learned_ = 0;
  bool owns_ = false;
  int assignments_ = 0;
};

// `sleeper_` has a batch of the first hundred records when it falls asleep; `other_` gets the partition and publishes two hundred.
class GroupFencing : public KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    topic_ = create_topic("samples");
    feed(100);
    sleeper_ = std::make_unique<SmallMember>(broker().address(), topic_, "sleeper");
    ASSERT_TRUE(sleeper_->learns(100));
    place_of_batch_ = sleeper_->place();
    feed(100);
    other_ = std::make_unique<SmallMember>(broker().address(), topic_, "other");
    ASSERT_TRUE(other_->learns(200));
    ASSERT_TRUE(other_->publish(*other_->place(), 200));
    ASSERT_EQ(committed(), 200);
  }
  void feed(int records) const {
    produce_all(broker().address(), topic_, std::vector<std::string>(static_cast<std::size_t>(records), "{}"), 0);
  }
  [[nodiscard]] std::int64_t committed() const { return broker().committed(topic_, topic_, 0).value_or(-1); }
  // Both are members again, in a later generation.
  void wake_up() {
    const auto before = other_->assignments();
    ASSERT_TRUE(eventually(
        [&] {
          sleeper_->poll();
          other_->poll();
          return sleeper_->assignments() > 1 && other_->assignments() > before;
        },
        40s));
  }

  std::string topic_;
  kafka::GroupMetadataHolder place_of_batch_;
  std::unique_ptr<SmallMember> sleeper_;
  std::unique_ptr<SmallMember> other_;
};

TEST_F(GroupFencing, ABatchWithTheMembersPlaceWhenItWasMadeIsRefused) {
  EXPECT_FALSE(sleeper_->publish(*place_of_batch_, 100));
  EXPECT_EQ(committed(), 200);
  wake_up();
  EXPECT_FALSE(sleeper_->publish(*place_of_batch_, 100)) << "nor later";
  EXPECT_EQ(committed(), 200);
  EXPECT_TRUE(other_->publish(*other_->place(), 200)) << "who has it goes on";
}

TEST_F(GroupFencing, IsNoticedWhereTheMembersPlaceIsLeftOut) {
  EXPECT_TRUE(sleeper_->publish_as_nobody(100));
  EXPECT_EQ(committed(), 100) << "if the broker refuses this by now, the place is no longer what fences";
}

TEST_F(GroupFencing, IsNoticedWhereThePlaceIsAskedForAfterTheBatchWasMade) {
  wake_up();
  EXPECT_TRUE(sleeper_->publish(*sleeper_->place(), 100));
  EXPECT_EQ(committed(), 100);
}

// Kept from the first batch on, it is right until the group changes, and then never again.
TEST_F(GroupFencing, IsNoticedWhereThePlaceIsKeptOverAChangeOfTheGroup) {
  wake_up();
  feed(100);
  other_.reset();
  ASSERT_TRUE(sleeper_->learns(300));
  EXPECT_FALSE(sleeper_->publish(*place_of_batch_, 300));
  EXPECT_EQ(committed(), 200) << "nothing would ever be published again";
  EXPECT_TRUE(sleeper_->publish(*sleeper_->place(), 300));
  EXPECT_EQ(committed(), 300);
}

}  // namespace
}  // namespace rekindle::system_test
