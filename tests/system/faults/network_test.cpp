// A network that cuts, resets, truncates, holds, refuses and delays.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <set>
#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/program.hpp"
#include "tests/system/support/records.hpp"
#include "tests/system/support/tcp_proxy.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

// A broker of its own behind the proxy; records come to it around the proxy.
class Network : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto& why = KafkaBroker::unavailable_reason(); !why.empty()) {
      if (std::getenv("CI") != nullptr) FAIL() << why;
      GTEST_SKIP() << "SKIPPED: no Kafka broker: " << why;
    }
    BrokerOptions options;
    options.proxied_at = proxy_.address();
    broker_.emplace(options);
    proxy_.forward_to(broker_->address_of("PROXIED"));
  }
  // One fault of six; what it needs to end it is done before this returns.
  void harm(int which, std::minstd_rand& random) {
    const auto some = std::chrono::milliseconds(100 + random() % 400);
    if (which == 0) proxy_.cut();
    if (which == 1) proxy_.reset();
    if (which == 2) proxy_.truncate();
    if (which == 3) {
      proxy_.hold(true);
      std::this_thread::sleep_for(some * 4);
      proxy_.hold(false);
    }
    if (which == 4) {
      proxy_.refuse(true);
      proxy_.cut();
      std::this_thread::sleep_for(some);
      proxy_.refuse(false);
    }
    if (which == 5) {
      proxy_.delay(some / 4);
      std::this_thread::sleep_for(some);
      proxy_.delay(0ms);
    }
  }
  void torment(const Deployment& deployment, const std::string& inspect_with) {
    std::minstd_rand random(fault_seed());
    const int faults = tries(12, 120);
    const auto lines = drifting_stream(static_cast<std::size_t>(faults) * 1000);
    broker_->create_topic("samples");
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.says("event=listening")) << daemon.log();
    for (int i = 0; i < faults; ++i) {
      produce_all(broker_->address(), "samples", slice(lines, i * 1000, (i + 1) * 1000));
      harm(i % 6, random);
    }
    ASSERT_TRUE(daemon.reaches(static_cast<std::int64_t>(lines.size()), 2min)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
    write_lines(folder_ / "lines.jsonl", lines);
    const auto saved = run(inspect_with.empty() ? command_line("inspect", deployment, {"--json"})
                                                : Arguments{program(), "inspect", inspect_with, "--json"});
    ASSERT_EQ(saved.status.code, 0) << saved.err;
    EXPECT_EQ(text_at(boost::json::parse(saved.out), "/state_hash"),
              text_at(replay_json(deployment, folder_ / "lines.jsonl"), "/state_hash"));
    report_tries(inspect_with.empty() ? "bad network, in transactions" : "bad network", faults,
                 fmt::format("{} connections; each record learned once, in the bits of a replay", proxy_.connections()));
    if (!inspect_with.empty()) return;
    std::set<std::int64_t> predicted;
    for (const auto& record : consume_all(broker_->address(), "predictions")) {
      const auto offset = boost::json::parse(record.value.value()).at("offset").to_number<std::int64_t>();
      ASSERT_TRUE(predicted.insert(offset).second) << offset << " twice";
    }
    EXPECT_EQ(predicted.size(), lines.size());
  }

  TcpProxy proxy_;
  std::optional<KafkaBroker> broker_;
  TemporaryFolder folder_;
};

TEST_F(Network, OfADaemonThatSavesInFiles) {
  const auto deployment =
      write_configuration(folder_.path(), proxy_.address(), "samples").with({"checkpoint.every=20ms", "checkpoint.every_samples=500"});
  torment(deployment, deployment.state.string());
}

TEST_F(Network, OfADaemonThatWritesInTransactions) {
  torment(write_configuration(folder_.path(), proxy_.address(), "samples")
              .with({"checkpoint.store=kafka", "checkpoint.topic=state", "output.delivery=exactly_once", "output.predictions=predictions",
                     "checkpoint.every=50ms"}),
          "");
}

}  // namespace
}  // namespace rekindle::system_test
