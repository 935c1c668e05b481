// The helpers of the system tests, tried themselves: a broken helper must not look like a working daemon.
#include <gmock/gmock.h>

#include <iostream>

#include "tests/system/support/eventually.hpp"
#include "tests/system/support/http.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Process, HasOutputAndAnExitCode) {
  const auto done = run({"sh", "-c", "cat; echo \"$COLOUR\"; echo bad >&2; exit 3"},
                        {.environment = {{"COLOUR", "red"}}, .folder = "/", .input = "in\n"});
  EXPECT_EQ(done.status.code, 3);
  EXPECT_EQ(done.out, "in\nred\n");
  EXPECT_EQ(done.err, "bad\n");
}

TEST(Process, EndsBySignals) {
  Process process({"sleep", "60"});
  EXPECT_TRUE(process.running());
  EXPECT_EQ(process.wait(50ms), std::nullopt);
  EXPECT_EQ(process.end(SIGTERM).signal, SIGTERM);
  EXPECT_FALSE(process.running());
}

TEST(Process, IsKilledWithItsObject) {
  pid_t id = 0;
  {
    const Process process({"sleep", "60"});
    id = process.id();
  }
  EXPECT_NE(kill(id, 0), 0);
}

TEST(Process, SaysWhenAProgramIsMissing) { EXPECT_EQ(run({"/no/such/program"}).status.code, 127); }

TEST(Http, GetsAnAnswer) {
  TemporaryFolder folder;
  Process server({"python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"},
                 {.environment = {}, .folder = folder.path(), .input = {}});
  ASSERT_TRUE(eventually([&] { return server.out().find("port ") != std::string::npos; }));
  const int port = std::stoi(server.out().substr(server.out().find("port ") + 5));
  const auto answer = http_get(port, "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.headers.at("content-type"), HasSubstr("text/html"));
  EXPECT_THAT(answer.body, HasSubstr("Directory listing"));
  EXPECT_EQ(http_get(port, "/missing").status, 404);
  server.end(SIGKILL);
  EXPECT_EQ(http_get(port, "/").status, 0);
}

class Broker : public KafkaTest {};

TEST_F(Broker, StartsInAFewSeconds) {
  const auto begun = std::chrono::steady_clock::now();
  const KafkaBroker own;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::cout << "formatted and started in " << seconds.count() << " s" << std::endl;
  EXPECT_LT(seconds, 30s);  // On a busy machine.
}

TEST_F(Broker, KeepsItsRecordsThroughStopAndKill) {
  const auto topic = create_topic("records");
  produce_all(broker().address(), topic, std::vector<std::string>{"a", "b"});
  broker().kill();
  EXPECT_FALSE(broker().running());
  broker().start();
  produce_all(broker().address(), topic,
              std::vector<Record>{{.key = "k", .value = std::nullopt, .headers = {{"h", "v"}, {"n", std::nullopt}}}});
  broker().stop();
  broker().start();
  const auto all = consume_all(broker().address(), topic);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].value, "b");
  EXPECT_EQ(all[1].offset, 1);
  EXPECT_EQ(all[2].value, std::nullopt);
  EXPECT_EQ(all[2].key, "k");
  EXPECT_EQ(all[2].header("h"), "v");
  EXPECT_EQ(all[2].headers[1].second, std::nullopt);
}

TEST_F(Broker, AdministersTopics) {
  const auto topic = create_topic("records", 2, {{"retention.ms", "100000"}});
  produce_all(broker().address(), topic, {"a", "b", "c"}, 1);
  broker().delete_records(topic, 1, 2);
  EXPECT_EQ(broker().offsets(topic, 1), std::pair(std::int64_t{2}, std::int64_t{3}));
  broker().add_partitions(topic, 4);
  EXPECT_TRUE(eventually([&] { return broker().offsets(topic, 3).second == 0; }));
  broker().delete_topic(topic);
  EXPECT_THROW(broker().create_topic("no/such/name"), std::runtime_error);
}

}  // namespace
}  // namespace rekindle::system_test
