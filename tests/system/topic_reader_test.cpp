// What a member of a group reads of the group's topics before it begins: all that was there, whatever goes on meanwhile.
#include "connectors/kafka/topic_reader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "connectors/kafka/topic_producer.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

// Produces so often that no read comes back without a record.
class Growth {
 public:
  Growth(const std::string& brokers, const std::string& topic) : thread_([=, this] { grow(brokers, topic); }) {}
  ~Growth() {
    stopping_ = true;
    thread_.join();
  }
  Growth(const Growth&) = delete;
  Growth& operator=(const Growth&) = delete;

 private:
  void grow(const std::string& brokers, const std::string& topic) {
    const auto producer = kafka::TopicProducer::make({brokers, {}, {}}).value();
    while (!stopping_) {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(producer->produce({.topic = topic, .partition = 0, .value = "more"}));
      std::this_thread::sleep_for(1ms);
    }
    (void)producer->flush(5s);
  }

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class TopicReading : public KafkaTest {
 protected:
  static void expect_caught_up(kafka::TopicReader& reader) {
    std::size_t before = 0;
    const auto caught_up = [&] {
      reader.poll(20ms, [&](const kafka::TopicMessage& message) { before += message.value.size() == 1 ? 1 : 0; });
      return reader.caught_up();
    };
    EXPECT_TRUE(eventually(caught_up, 20s)) << reader.problem();
    EXPECT_EQ(before, 1000U);
  }
  [[nodiscard]] static std::string full_topic() {
    auto topic = create_topic("changes");
    produce_all(broker().address(), topic, std::vector<std::string>(1000, "x"));
    return topic;
  }
};

TEST_F(TopicReading, CatchesUpWithATopicThatGrowsAllTheTime) {
  const auto topic = full_topic();
  const Growth growth(broker().address(), topic);
  kafka::TopicReader reader({{broker().address(), {}, {}}, "group"}, topic);
  expect_caught_up(reader);
}

TEST_F(TopicReading, CatchesUpWhereNobodyCouldSayWhereTheTopicEnded) {
  const auto topic = full_topic();
  const Growth growth(broker().address(), topic);  // Goes on as soon as the broker does.
  broker().pause();
  kafka::TopicReader reader({{broker().address(), {}, {}}, "group"}, topic);
  broker().resume();
  expect_caught_up(reader);
}

}  // namespace
}  // namespace rekindle::system_test
