#include "connectors/kafka/client.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace rekindle::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ClientOptions consumer() { return {.type = RD_KAFKA_CONSUMER, .defaults = {}, .fixed = {}, .on_delivery = {}}; }

TEST(Client, RefusesAPropertyByName) {
  const auto client = Client::make({"a:1", {{"no.such.key", "1"}}, {}}, consumer());
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::configuration);
  EXPECT_THAT(client.error().message, HasSubstr("kafka.properties.no.such.key"));
}

TEST(Client, UserOverridesDefaultsAndPromisesOverrideTheUser) {
  auto options = consumer();
  options.defaults = {{"fetch.wait.max.ms", "1"}};
  options.fixed = {{"isolation.level", "read_committed"}};
  const auto client = Client::make({"127.0.0.1:1", {{"fetch.wait.max.ms", "2"}, {"isolation.level", "read_uncommitted"}}, {}}, options);
  ASSERT_TRUE(client) << client.error().message;
  const auto value = [&](const char* name) {
    std::array<char, 64> text{};
    std::size_t size = text.size();
    rd_kafka_conf_get(rd_kafka_conf(client->get()->handle()), name, text.data(), &size);
    return std::string(text.data());
  };
  EXPECT_EQ(value("fetch.wait.max.ms"), "2");
  EXPECT_EQ(value("isolation.level"), "read_committed");
}

TEST(Client, LogsOneLineOfAKind) {
  std::vector<std::string> lines;
  KafkaSettings settings;
  settings.log = [&](int, const std::string& line) { lines.push_back(line); };
  const auto client = Client::make(settings, consumer());
  ASSERT_TRUE(client);
  for (int i = 0; i < 5; ++i) client->get()->log(3, "FAIL", "first kind");
  client->get()->log(3, "ERROR", "second kind");
  EXPECT_THAT(lines, ElementsAre("first kind", "second kind"));
}

TEST(Client, KeepsSecretsOutOfDebugOutput) {
  std::mutex mutex;
  std::string lines;
  KafkaSettings settings{"127.0.0.1:1",
                         {{"debug", "all"},
                          {"security.protocol", "sasl_plaintext"},
                          {"sasl.mechanisms", "PLAIN"},
                          {"sasl.username", "me"},
                          {"sasl.password", "CANARY"}},
                         [&](int, const std::string& line) {
                           const std::scoped_lock lock(mutex);
                           lines += line + "\n";
                         }};
  {
    const auto client = Client::make(settings, consumer());
    ASSERT_TRUE(client) << client.error().message;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(lines, HasSubstr("sasl.username"));  // It does show the configuration.
  EXPECT_THAT(lines, testing::Not(HasSubstr("CANARY")));
}

}  // namespace
}  // namespace rekindle::kafka
