// A daemon that learns from a real topic publishes its model; replicas elsewhere answer as it does.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "tests/system/daemon_support.hpp"
#include "tests/system/replica_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

class Serving : public DaemonTest {
 protected:
  [[nodiscard]] Arguments from_topic() const { return {"--from", topic_name("models"), "--brokers", broker().address()}; }
  [[nodiscard]] std::string models() const { return folder() / "models"; }
  static std::string to(const std::string& where) { return "output.model={ to = \"" + where + "\", every = \"200ms\" }"; }

  // All that the daemon answers the replica answers too, byte for byte.
  void expect_the_same(Daemon& daemon, Replica& replica) {
    std::string many = "[";
    for (const auto& line : drifting_stream(200, 99)) many += (many.size() > 1 ? "," : "") + line;
    many += "]";
    const auto expected = http_post(daemon.port(), "/predict", many);
    EXPECT_EQ(expected.status, 200) << expected.body;
    EXPECT_EQ(replica.post("/predict", many).body, expected.body);
  }
  // The copy that the daemon itself predicts with is as old as a tenth of a second, or a second.
  static bool predicts_with(Daemon& daemon, const std::string& line, std::int64_t learned) {
    return eventually([&] { return whole_at(json::parse(http_post(daemon.port(), "/predict", line).body), "/model_version") == learned; });
  }
};

TEST_F(Serving, ATopicAcrossKillsOfBoth) {
  const auto lines = drifting_stream(12'000);
  const auto deployment =
      deploy(slice(lines, 0, 4000)).with({to(topic_name("models")), "learner.mode=portfolio", "checkpoint.every=200ms"});
  auto daemon = std::make_unique<Daemon>(deployment);
  auto replica = std::make_unique<Replica>(from_topic());
  ASSERT_TRUE(replica->reaches(4000)) << replica->log() << daemon->log();
  ASSERT_TRUE(predicts_with(*daemon, lines[0], 4000));
  expect_the_same(*daemon, *replica);
  EXPECT_THAT(replica->get("/metrics").body, HasSubstr("rekindle_model_version 4000"));
  EXPECT_EQ(text_at(json::parse(replica->get("/status").body), "/model/mode"), "portfolio");

  daemon->kill();
  EXPECT_EQ(replica->get("/readyz").status, 200) << "it does without the daemon";
  replica->process().end(SIGKILL);
  replica = std::make_unique<Replica>(from_topic());
  ASSERT_TRUE(replica->reaches(4000)) << replica->log();
  produce_all(broker().address(), topic_name("samples"), slice(lines, 4000, 12'000));
  daemon = std::make_unique<Daemon>(deployment);
  ASSERT_TRUE(replica->reaches(12'000)) << replica->log() << daemon->log();
  ASSERT_TRUE(predicts_with(*daemon, lines[0], 12'000));
  expect_the_same(*daemon, *replica);
  EXPECT_EQ(daemon->stop().code, 0) << daemon->log();
  EXPECT_EQ(replica->process().end(SIGTERM).code, 0) << replica->log();
}

TEST_F(Serving, AFolderWithADamagedModel) {
  const auto lines = drifting_stream(3000);
  const auto deployment = deploy(slice(lines, 0, 2000)).with({to(models())});
  Replica replica({"--from", models()});
  EXPECT_EQ(replica.get("/readyz").status, 503);
  EXPECT_THAT(replica.get("/readyz").body, HasSubstr("no model yet"));
  EXPECT_EQ(replica.post("/predict", lines[0]).status, 503);
  EXPECT_EQ(replica.get("/healthz").status, 200);
  Daemon daemon(deployment);
  ASSERT_TRUE(replica.reaches(2000)) << replica.log() << daemon.log();
  ASSERT_TRUE(predicts_with(daemon, lines[0], 2000));
  expect_the_same(daemon, replica);
  EXPECT_EQ(replica.post("/-/restart", "").status, 403);

  const auto newest = models() + "/model-00000000000000002000.safetensors";
  ASSERT_TRUE(std::filesystem::exists(newest));
  std::ifstream file(newest, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 4);
  write_file(models() + "/model-00000000000000002500.safetensors", bytes);
  ASSERT_TRUE(eventually([&] { return replica.log().find("event=model_refused") != std::string::npos; }));
  const auto ready = replica.get("/readyz");
  EXPECT_EQ(ready.status, 200) << "the one before stays";
  EXPECT_THAT(ready.body, HasSubstr("checksum does not match"));
  expect_the_same(daemon, replica);
  EXPECT_THAT(replica.get("/metrics").body, HasSubstr("rekindle_model_refusals_total 1"));

  produce_all(broker().address(), topic_name("samples"), slice(lines, 2000, 3000));
  ASSERT_TRUE(replica.reaches(3000)) << replica.log() << daemon.log();
  EXPECT_THAT(replica.get("/readyz").body, Not(HasSubstr("refused")));
  EXPECT_EQ(daemon.stop().code, 0);
  const auto files = std::distance(std::filesystem::directory_iterator(models()), std::filesystem::directory_iterator());
  EXPECT_LE(files, 3) << "as many as are kept";
}

TEST_F(Serving, AModelOfManyPiecesPublishedExactlyOnce) {
  const auto lines = drifting_stream(3000);
  std::vector<std::string> with_category;
  for (std::size_t i = 0; i < lines.size(); ++i)
    with_category.push_back("{\"kind\":\"k" + std::to_string(i % 700) + "\"," + lines[i].substr(1));
  const auto deployment = deploy(with_category)
                              .with({to(topic_name("models")), "schema.categorical=[\"kind\"]", "preprocess.encode=hash",
                                     "learner.mode=portfolio", "checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"),
                                     "output.delivery=exactly_once", "checkpoint.every=200ms"});
  Daemon daemon(deployment);
  Replica replica({"-c", deployment.configuration.string(), "--from", topic_name("models")});
  ASSERT_TRUE(replica.reaches(3000)) << replica.log() << daemon.log();
  ASSERT_TRUE(predicts_with(daemon, with_category[0], 3000));
  std::string many = "[" + with_category[0];
  for (std::size_t i = 1; i < 300; ++i) many += "," + with_category[i];
  many += "]";
  EXPECT_EQ(replica.post("/predict", many).body, http_post(daemon.port(), "/predict", many).body);
  EXPECT_GT(whole_at(json::parse(replica.get("/status").body), "/model/bytes"), 4'000'000);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
}

TEST_F(Serving, SaysWhatKeepsItWaiting) {
  Replica replica({"--from", topic_name("nowhere"), "--brokers", broker().address()});
  EXPECT_TRUE(eventually([&] { return replica.get("/readyz").body.find("there is no topic") != std::string::npos; })) << replica.log();
  Replica unreachable({"--from", "models", "--brokers", "127.0.0.1:1"});
  EXPECT_TRUE(eventually([&] { return unreachable.get("/readyz").body.find("127.0.0.1:1") != std::string::npos; })) << unreachable.log();
  EXPECT_EQ(rekindle({"serve"}).status.code, 2);
}

}  // namespace
}  // namespace rekindle::system_test
