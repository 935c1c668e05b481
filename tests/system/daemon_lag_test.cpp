// Too far behind: what is left out is counted, said and journalled.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/http.hpp"
#include "tests/system/support/records.hpp"
#include "tests/unit/metrics/exposition.hpp"

namespace rekindle::system_test {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class Lag : public DaemonTest {
 protected:
  static std::int64_t skipped_by_events() {
    std::int64_t sum = 0;
    for (const auto& record : consume_all(broker().address(), topic_name("events"))) {
      const auto event = json::parse(record.value.value());
      if (text_at(event, "/type") == "skipped") sum += whole_at(event, "/skipped");
    }
    return sum;
  }
  // Learning waits until the lag is seen: it may well be faster than the lag is looked at.
  static void fall_behind(Daemon& daemon, const std::vector<std::string>& lines) {
    ASSERT_EQ(http_post(daemon.port(), "/-/pause", "").status, 200);
    produce_all(broker().address(), topic_name("samples"), lines);
    const auto lag = "rekindle_kafka_lag_records{topic=\"" + topic_name("samples") + "\",partition=\"0\"}";
    const auto all = static_cast<double>(lines.size());
    ASSERT_TRUE(eventually([&] { return read_exposition(daemon.get("/metrics").body).at(lag) == all; })) << daemon.log();
    ASSERT_EQ(http_post(daemon.port(), "/-/resume", "").status, 200);
  }
  [[nodiscard]] json::value replay_of_the_journal(const Deployment& deployment, const std::vector<std::string>& lines) const {
    write_lines(folder() / "all.jsonl", lines);
    return replay_json(deployment, folder() / "all.jsonl", {"--journal", deployment.state.string()});
  }
};

TEST_F(Lag, OneInKIsLearnedUntilTheLagIsShort) {
  const auto lines = drifting_stream(60'000);
  const auto deployment =
      deploy(slice(lines, 0, 1000))
          .with({"source.on_lag=learn_1_in_k", "source.lag_limit=20000", "source.lag_k=10", "output.events=" + topic_name("events")});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(1000)) << daemon.log();
  fall_behind(daemon, slice(lines, 1000, lines.size()));
  ASSERT_TRUE(daemon.says("event=lag ")) << daemon.log();
  ASSERT_TRUE(daemon.reaches(60'000)) << daemon.log();
  const auto status = daemon.status();
  const auto skipped = whole_at(status, "/source/skipped/learn_1_in_k");
  EXPECT_GT(skipped, 0);
  EXPECT_EQ(whole_at(status, "/learner/samples") + skipped, 60'000);
  EXPECT_THAT(daemon.get("/metrics").body, HasSubstr("rekindle_skipped_records_total{policy=\"learn_1_in_k\"} " + std::to_string(skipped)));
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("event=records_skipped"));
  EXPECT_EQ(skipped_by_events(), skipped);
  const auto end = inspect_json(deployment.state);
  EXPECT_EQ(text_at(replay_of_the_journal(deployment, lines), "/state_hash"), text_at(end, "/state_hash"));
}

TEST_F(Lag, SkippingGoesOnAtTheEnd) {
  const auto lines = drifting_stream(60'000);
  const auto deployment = deploy(slice(lines, 0, 1000))
                              .with({"source.on_lag=skip_to_latest", "source.lag_limit=1000", "output.events=" + topic_name("events")});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(1000)) << daemon.log();
  fall_behind(daemon, slice(lines, 1000, lines.size()));
  ASSERT_TRUE(daemon.reaches(60'000)) << daemon.log();
  produce_all(broker().address(), topic_name("samples"), slice(lines, 0, 500));
  ASSERT_TRUE(daemon.reaches(60'500)) << daemon.log();
  const auto status = daemon.status();
  const auto skipped = whole_at(status, "/source/skipped/skip_to_latest");
  EXPECT_GT(skipped, 0);
  EXPECT_EQ(whole_at(status, "/learner/samples") + skipped, 60'500);
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  EXPECT_EQ(skipped_by_events(), skipped);
  auto all = lines;
  all.insert(all.end(), lines.begin(), lines.begin() + 500);
  EXPECT_EQ(text_at(replay_of_the_journal(deployment, all), "/state_hash"), text_at(inspect_json(deployment.state), "/state_hash"));
}

}  // namespace
}  // namespace rekindle::system_test
