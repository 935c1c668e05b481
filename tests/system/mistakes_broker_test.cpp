// What a newcomer gets wrong with a broker at hand; the rest of the table is in mistakes_table_test.cpp.
#include <gmock/gmock.h>

#include "tests/system/mistakes.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

class MistakesWithABroker : public DaemonTest {
 protected:
  static Arguments init(const std::string& topic, const std::string& brokers, const Arguments& more = {}) {
    Arguments arguments = {"config", "init", "--topic", topic, "--brokers", brokers};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  static std::string with(const std::string& configuration, const std::string& more) { return configuration + more + "\n"; }
};

const Arguments record = {"record", "-c", "rekindle.toml", "--to", "out.jsonl"};
const Arguments run_healthy = {"run", "-c", "rekindle.toml", "--require-healthy", "--set", "http.listen=\"\""};
const Arguments wrong_password = {"--property", "security.protocol=sasl_plaintext", "--property", "sasl.mechanisms=PLAIN",
                                  "--property", "sasl.username=rekindle",           "--secret",   "sasl.password=password"};

TEST_F(MistakesWithABroker, OfTheTopicAreAnsweredWithThoseThatExist) {
  const auto topic = create_topic("clicks");
  const auto wrong = topic.substr(0, topic.size() - 1);
  const auto there = "topic \"" + wrong + "\" does not exist; topics there: ";
  const auto address = broker().address();
  expect_all({
      {init(wrong, address), 69, there},
      {init(wrong, address), 69, "did you mean \"" + topic + "\"?"},
      {record, 69, there, configuration_of(address, wrong)},
      {run_healthy, 69, there, configuration_of(address, wrong)},
      {init(topic, address), 65, "topic \"" + topic + "\" has no records yet"},
  });
}

TEST_F(MistakesWithABroker, OfSecurityAreTold) {
  const auto topic = create_topic("clicks");
  const auto tls = with(configuration_of(broker().address(), topic), "[kafka.properties]\n\"security.protocol\" = \"ssl\"");
  const std::string sasl =
      "[kafka.properties]\n\"security.protocol\" = \"sasl_plaintext\"\n\"sasl.mechanisms\" = \"PLAIN\"\n"
      "\"sasl.username\" = \"rekindle\"\n[kafka.secrets]\n\"sasl.password\" = \"password\"";
  const auto password = with(configuration_of(broker().sasl_address(), topic), sasl);
  expect_all({
      {init(topic, broker().address(), {"--property", "security.protocol=ssl"}), 69, "SSL handshake failed"},
      {record, 69, "SSL handshake failed", tls},
      {init(topic, broker().sasl_address(), wrong_password), 69, "uthentication failed"},
      {record, 69, "uthentication failed", password},
      {run_healthy, 69, "uthentication failed", password},
  });
}

// No mistake, but it looks like one.
TEST_F(MistakesWithABroker, IsNoneWhereATopicIsAtItsEnd) {
  Daemon daemon(deploy(drifting_stream(50)));
  ASSERT_TRUE(daemon.reaches(50)) << daemon.log();
  EXPECT_TRUE(daemon.says("nothing to learn for 30 s: the topic is at its end (lag 0)", std::chrono::seconds(60))) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0);
}

}  // namespace
}  // namespace rekindle::system_test
