// What the daemon learns from a topic, and how it shows: the same as a replay of the same records.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"
#include "tests/unit/metrics/exposition.hpp"

namespace rekindle::system_test {
namespace {

using testing::AllOf;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;

class Learning : public DaemonTest {};

// Incidents, but for the times of their records, which a recording does not have.
boost::json::value without_times(const std::string& text) {
  auto incidents = boost::json::parse(text);
  for (auto& incident : incidents.as_array()) incident.as_object().erase("time_ms");
  return incidents;
}

TEST_F(Learning, EndsInTheStateAndMetricsOfAReplay) {
  const auto lines = drifting_stream(45'000);
  const auto deployment = deploy(lines).with({"checkpoint.every=200ms"});
  const auto replay = replayed(deployment, lines);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(45'000)) << daemon.log();
  const auto status = daemon.status();
  EXPECT_EQ(status.at_pointer("/learner/metrics"), replay.at("metrics"));
  EXPECT_EQ(number_at(status, "/learner/lr"), number_at(replay, "/lr"));
  for (const std::string counter : {"samples", "labelled", "learned", "rejected", "updates", "restarts", "resets", "replacements"})
    EXPECT_EQ(whole_at(status, "/learner/" + counter), whole_at(replay, "/" + counter)) << counter;
  EXPECT_EQ(whole_at(status, "/learner/restarts"), 2);
  EXPECT_EQ(without_times(daemon.get("/incidents").body), without_times(boost::json::serialize(replay.at("incidents"))));
  const auto topic = topic_name("samples");
  EXPECT_TRUE(eventually([&] { return broker().committed(topic, topic, 0) == 45'000; }));
  EXPECT_EQ(daemon.stop().code, 0);
  const auto saved = inspect_json(deployment.state);
  EXPECT_EQ(text_at(saved, "/state_hash"), text_at(replay, "/state_hash"));
  EXPECT_EQ(whole_at(saved, "/position/" + topic + "/0"), 45'000);
  EXPECT_EQ(whole_at(saved, "/learned"), 45'000);
}

TEST_F(Learning, GoesOnWithWhatComesLater) {
  const auto lines = drifting_stream(3000);
  const auto deployment = deploy({});
  Daemon daemon(deployment);
  for (int part = 0; part < 3; ++part) {
    produce_all(broker().address(), topic_name("samples"), slice(lines, part * 1000, (part + 1) * 1000));
    ASSERT_TRUE(daemon.reaches((part + 1) * 1000)) << daemon.log();
  }
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
}

TEST_F(Learning, TakesEveryOffsetOfEveryPartitionOnce) {
  const auto lines = drifting_stream(20'000);
  const auto deployment = deploy({}, 4);
  const auto topic = topic_name("samples");
  for (int partition = 0; partition < 4; ++partition)
    produce_all(broker().address(), topic, slice(lines, partition * 5000, (partition + 1) * 5000), partition);
  const auto saved = learn_until(deployment, 20'000);
  for (int partition = 0; partition < 4; ++partition)
    EXPECT_EQ(whole_at(saved, "/position/" + topic + "/" + std::to_string(partition)), 5000);
  EXPECT_EQ(whole_at(saved, "/learned"), 20'000);
}

TEST_F(Learning, TakesAPartitionThatWasAddedWhileItWasDown) {
  const auto lines = drifting_stream(1000);
  const auto deployment = deploy(lines);
  learn_until(deployment, 1000);
  broker().add_partitions(topic_name("samples"), 2);
  ASSERT_TRUE(eventually([&] { return broker().offsets(topic_name("samples"), 1).second == 0; }));
  produce_all(broker().address(), topic_name("samples"), lines, 1);
  const auto saved = learn_until(deployment, 2000);
  EXPECT_EQ(whole_at(saved, "/learned"), 2000);
}

// What an idle partition held before must not be learned after a restart as if it were new.
TEST_F(Learning, AnIdlePartitionHasAPlaceInTheCheckpoint) {
  const auto lines = drifting_stream(300);
  const auto deployment = deploy({}, 2).with({"source.start=latest"});
  const auto topic = topic_name("samples");
  produce_all(broker().address(), topic, lines, 1);
  {
    Daemon daemon(deployment);
    ASSERT_TRUE(daemon.reaches(300)) << daemon.log();  // Both partitions are assigned, the old records left out.
    produce_all(broker().address(), topic, lines, 0);
    ASSERT_TRUE(daemon.reaches(600)) << daemon.log();
    EXPECT_EQ(daemon.stop().code, 0);
  }
  const auto first = inspect_json(deployment.state);
  EXPECT_EQ(whole_at(first, "/learned"), 300);
  EXPECT_EQ(whole_at(first, "/position/" + topic + "/1"), 300);
  produce_all(broker().address(), topic, lines, 1);
  EXPECT_EQ(whole_at(learn_until(deployment, 900), "/learned"), 600);
}

TEST_F(Learning, SamplesWithoutALabelAreOnlyPredicted) {
  auto lines = drifting_stream(3000);
  for (std::size_t i = 0; i < lines.size(); i += 3) lines[i] = lines[i].substr(0, lines[i].rfind(':')) + ":null}";
  const auto deployment = deploy(lines);
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(3000)) << daemon.log();
  const auto status = daemon.status();
  EXPECT_EQ(whole_at(status, "/learner/samples"), 3000);
  EXPECT_EQ(whole_at(status, "/learner/labelled"), 2000);
  EXPECT_EQ(whole_at(status, "/learner/learned"), 2000);
  EXPECT_EQ(whole_at(status, "/learner/predicted_only"), 1000);
  EXPECT_EQ(whole_at(status, "/learner/rejected"), 0);
  const auto metrics = read_exposition(daemon.get("/metrics").body);
  EXPECT_EQ(metrics.at("rekindle_samples_total{outcome=\"predicted_only\"}"), 1000);
  EXPECT_EQ(daemon.stop().code, 0);
  EXPECT_EQ(text_at(inspect_json(deployment.state), "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
}

TEST_F(Learning, ShowsItselfOverHttp) {
  const auto lines = drifting_stream(20'000);
  const auto deployment = deploy(lines).with({"checkpoint.every=100ms"});
  Daemon daemon(deployment);
  ASSERT_TRUE(daemon.reaches(20'000)) << daemon.log();
  ASSERT_TRUE(eventually(
      [&] { return whole_at(daemon.status(), "/checkpoint/saved") > 0 && daemon.status().at_pointer("/source/caught_up").as_bool(); }));
  const auto status = daemon.status();
  const auto accuracy = number_at(status, "/learner/metrics/accuracy");
  EXPECT_THAT(accuracy, AllOf(Gt(0.85), Lt(1)));
  EXPECT_THAT(number_at(status, "/learner/metrics/no_change"), AllOf(Gt(0.4), Lt(0.6)));
  EXPECT_THAT(number_at(status, "/learner/metrics/majority"), AllOf(Gt(0.4), Lt(0.6)));
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  EXPECT_EQ(daemon.get("/readyz").status, 200);
  EXPECT_EQ(daemon.get("/nothing").status, 404);

  const auto metrics = read_exposition(daemon.get("/metrics").body);
  EXPECT_THAT(metrics.problems, IsEmpty());
  EXPECT_EQ(metrics.at("rekindle_samples_total{outcome=\"learned\"}"), 20'000);
  EXPECT_EQ(metrics.at("rekindle_updates_total"), 20'000);
  EXPECT_EQ(metrics.at("rekindle_prequential_accuracy_ratio{predictor=\"model\"}"), accuracy);
  EXPECT_EQ(metrics.at("rekindle_lr_restarts_total{reason=\"drift\"}"), 2);
  EXPECT_EQ(metrics.at("rekindle_kafka_connected"), 1);
  const auto partition = "{topic=\"" + topic_name("samples") + "\",partition=\"0\"}";
  EXPECT_EQ(metrics.at("rekindle_kafka_position" + partition), 20'000);
  EXPECT_EQ(metrics.at("rekindle_kafka_lag_records" + partition), 0);
}

}  // namespace
}  // namespace rekindle::system_test
