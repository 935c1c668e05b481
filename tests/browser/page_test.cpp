// The live page in a real Chromium, of a daemon that learns from a real broker. What the browser does is in page.mjs.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "connectors/generate/streams.hpp"
#include "connectors/kafka/topic_producer.hpp"
#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test {
namespace {

using testing::HasSubstr;

constexpr const char* topic = "clicks";
constexpr auto batch_every = std::chrono::milliseconds(50);

// For the documents the stream is slow enough to see how a drift goes on.
bool for_documents() { return std::getenv("REKINDLE_PICTURES") != nullptr; }

// Produces until it ends; half of the concept changes when it is told so.
class Feeder {
 public:
  explicit Feeder(std::string brokers) : brokers_(std::move(brokers)), thread_([this] { feed(); }) {}
  ~Feeder() {
    stopping_ = true;
    thread_.join();
  }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  void drift() { drifted_ = true; }

 private:
  void feed() {
    auto producer = kafka::TopicProducer::make({brokers_, {}, {}});
    if (!producer) throw std::runtime_error(producer.error().message);
    LogisticStream before({7, 20, 0.05, {}, {}, false});
    LogisticStream after({7, 20, 0.05, {1}, {0.5}, false});
    std::string json;
    const int batch = for_documents() ? 20 : 75;  // In 50 ms.
    while (!stopping_) {
      auto& stream = drifted_ ? after : before;
      for (int i = 0; i < batch; ++i) {
        stream.next();
        json.clear();
        stream.append_json(json);
        kafka::TopicRecord record;
        record.topic = topic;
        record.partition = 0;
        record.value = json;
        if (auto status = (*producer)->produce(record); !status) throw std::runtime_error(status.error().message);
      }
      (void)(*producer)->flush(batch_every);
      std::this_thread::sleep_for(batch_every);
    }
  }

  std::string brokers_;
  std::atomic<bool> drifted_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class LivePage : public KafkaTest {
 protected:
  void SetUp() override {
    const auto prepared = run({REKINDLE_BROWSER_SOURCE "/prepare.sh", REKINDLE_BROWSER_WORK});
    if (prepared.status.code != 0) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no browser: " << prepared.err;
      std::cout << "SKIPPED: no browser: " << prepared.err << std::endl;
      GTEST_SKIP() << prepared.err;
    }
    KafkaTest::SetUp();
  }

  // Where the pictures go; REKINDLE_PICTURES=docs/images makes those of the documents anew.
  [[nodiscard]] static std::filesystem::path pictures() {
    const char* wanted = std::getenv("REKINDLE_PICTURES");
    auto folder = wanted == nullptr ? std::filesystem::path(REKINDLE_BROWSER_WORK) / "pictures" : std::filesystem::absolute(wanted);
    std::filesystem::create_directories(folder);
    return folder;
  }

  TemporaryFolder folder_;
};

TEST_F(LivePage, ShowsADriftAndWhatWasDoneAndTakesCommands) {
  if (IsSkipped() || HasFatalFailure()) return;
  broker().create_topic(topic);
  write_file(folder_ / "token", "a-token-of-some-length\n");
  const auto deployment =
      write_configuration(folder_.path(), broker().address(), topic)
          .with({"http.token_file=" + (folder_ / "token").string(), "learner.validation_every=20", "schedule.lr_min=5e-4"});
  Daemon daemon(deployment);
  const auto url = "http://127.0.0.1:" + std::to_string(daemon.port()) + "/";
  Process browser({"node", "page.mjs", url, "a-token-of-some-length", pictures().string()}, {{}, REKINDLE_BROWSER_WORK, ""});
  const auto says = [&](const char* word) { return browser.out().find(word) != std::string::npos; };
  EXPECT_TRUE(eventually([&] { return says("open") || !browser.running(); }, std::chrono::seconds(60)));
  Feeder feeder(broker().address());
  EXPECT_TRUE(eventually([&] { return says("calm") || !browser.running(); }, std::chrono::seconds(90)));
  feeder.drift();
  const auto ended = browser.wait(std::chrono::seconds(120));
  ASSERT_TRUE(ended) << browser.out() << browser.err();
  EXPECT_EQ(ended->code, 0) << browser.err() << daemon.log();
  EXPECT_THAT(browser.out(), HasSubstr("done"));
}

}  // namespace
}  // namespace rekindle::system_test
