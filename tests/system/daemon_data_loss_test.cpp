// A topic that was made anew under its old name is not taken for the one that was learned from.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

class DataLoss : public DaemonTest {
 protected:
  // Learns 3,000 records; then the topic has 5,000 others.
  [[nodiscard]] Deployment remade() {
    const auto deployment = deploy(drifting_stream(3000));
    learn_until(deployment, 3000);
    const auto topic = topic_name("samples");
    broker().delete_topic(topic);
    const bool made = eventually([&] {
      try {
        broker().create_topic(topic);
        return broker().offsets(topic, 0).second == 0;
      } catch (const std::runtime_error&) {
        return false;
      }
    });
    EXPECT_TRUE(made);
    produce_all(broker().address(), topic, drifting_stream(5000, /*seed=*/8));
    return deployment;
  }
  // Events of it.
  static int losses_by_policy(const std::string& policy) {
    int count = 0;
    for (const auto& record : consume_all(broker().address(), topic_name("events"))) {
      const auto event = boost::json::parse(record.value.value());
      if (text_at(event, "/type") == "data_loss" && text_at(event, "/policy") == policy) ++count;
    }
    return count;
  }
};

TEST_F(DataLoss, ATopicThatWasMadeAnewIsSeenAlthoughItHasTheOffset) {
  const auto deployment = remade().with({"output.events=" + topic_name("events")});
  const auto refused = run(command_line("run", deployment));
  EXPECT_EQ(refused.status.code, 66) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("the topic was made anew"));
  EXPECT_EQ(saved_position(deployment.state), 3000);

  EXPECT_EQ(losses_by_policy("stop"), 1);

  Daemon skipping(deployment.with({"source.on_data_loss=skip"}));
  ASSERT_TRUE(skipping.reaches(5000)) << skipping.log();
  EXPECT_EQ(whole_at(skipping.status(), "/source/losses"), 1);
  EXPECT_THAT(text_at(skipping.status(), "/source/loss"), HasSubstr("the topic was made anew"));
  EXPECT_EQ(skipping.stop().code, 0);
  EXPECT_THAT(skipping.log(), HasSubstr("event=data_loss what="));
  EXPECT_EQ(losses_by_policy("skip"), 1);
  EXPECT_EQ(whole_at(inspect_json(deployment.state), "/learned"), 8000) << "all of the new one";
}

TEST_F(DataLoss, TheSameTopicIsKnownAgain) {
  const auto deployment = deploy(drifting_stream(3000), /*partitions=*/3);
  learn_until(deployment, 3000);
  produce_all(broker().address(), topic_name("samples"), drifting_stream(1000), /*partition=*/1);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(4000)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

TEST_F(DataLoss, RecordsThatRetentionTookAreNoOtherTopic) {
  const auto deployment = deploy(drifting_stream(3000));
  learn_until(deployment, 3000);
  produce_all(broker().address(), topic_name("samples"), drifting_stream(1000));
  broker().delete_records(topic_name("samples"), 0, 3000);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(4000)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

}  // namespace
}  // namespace rekindle::system_test
