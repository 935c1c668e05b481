// A group whose labels come on a topic of their own.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <thread>

#include "tests/system/group_support.hpp"
#include "tests/system/late_stream.hpp"
#include "tests/system/support/eventually.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class GroupLabels : public GroupTest {
 protected:
  [[nodiscard]] Deployment deploy_late() {
    return deploy_group(turning_rate).with({"schema.id=id", "schema.labels_topic=" + topic_name("labels")});
  }
  void create_labels(int count = partitions) const { any_broker().create_topic(topic_name("labels"), count); }

  [[nodiscard]] bool learns_both(const LateStream& stream) const {
    return learns(static_cast<std::int64_t>(stream.samples.size())) &&
           learns(static_cast<std::int64_t>(stream.labels.size()), 30s, "labels");
  }
  // What the members count, as one.
  [[nodiscard]] static json::value counts(const std::vector<std::unique_ptr<Daemon>>& members) {
    json::object sum{{"matched", 0}};
    for (const auto& member : members) {
      const auto status = member->status();
      const auto* labels = status.at("learner").is_object() ? status.at("learner").as_object().if_contains("late_labels") : nullptr;
      if (labels == nullptr) continue;  // It has no task that has learned.
      for (const auto& [name, value] : labels->as_object()) {
        if (!value.is_int64() && !value.is_uint64()) continue;
        auto& all = sum[name];
        all = (all.is_null() ? 0 : all.to_number<std::int64_t>()) + value.to_number<std::int64_t>();
      }
    }
    return sum;
  }
  // A sample and its label are in partitions of one number.
  [[nodiscard]] static LateStream dealt(std::size_t count) {
    LateStream stream(count);
    for (std::size_t i = 0; i < stream.samples.size(); ++i) stream.samples[i].partition = static_cast<std::int32_t>(i % partitions);
    for (auto& label : stream.labels) {
      const auto id = json::parse(*label.value).at("id").as_string();
      label.partition = static_cast<std::int32_t>(std::stoull(std::string(id)) % partitions);
    }
    return stream;
  }
};

// Hours of samples, each far ahead of its label, and so large that reading them as they come would leave the labels behind.
TEST_F(GroupLabels, ABacklogIsTakenByTimeWhoeverIsKilled) {
  constexpr std::int64_t samples = 120'000;
  auto stream = dealt(samples);
  for (auto& sample : stream.samples) {
    sample.value->pop_back();
    *sample.value += ",\"note\":\"" + std::string(300, 'x') + "\"}";
  }
  const auto group = deploy_late();
  create_labels();
  produce_all(addresses(), topic_name("samples"), stream.samples);
  produce_all(addresses(), topic_name("labels"), stream.labels);
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < 2; ++i) members.push_back(join(group, i));
  ASSERT_TRUE(eventually([&] { return committed() > 0; })) << members[0]->log();
  members[0]->kill();
  const auto before = committed();
  EXPECT_LT(before, samples) << "nothing was left for the other";
  members[0] = join(group, 0);
  ASSERT_TRUE(learns_both(stream)) << committed() << " samples, " << committed("labels") << " labels\n"
                                   << members[0]->log() << members[1]->log();
  ASSERT_TRUE(eventually([&] { return whole_at(counts(members), "/matched") == stream.matched; })) << json::serialize(counts(members));
  expect_exact(counts(members), stream);
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  (void)expect_whole(samples);
  expect_replayable(group);
}

// As they come, labels half a second behind; daemons come and go, and rounds with them, and all pause for a while.
TEST_F(GroupLabels, LearnsAsOneWhileTheyCome) {
  constexpr int samples = 12'000;
  const auto lines = generated({"sea", "noise=0.1"}, samples);
  std::vector<std::string> unlabelled;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = lines[i].rfind(",\"y\":");
    unlabelled.push_back(fmt::format("{},\"id\":\"{}\"}}", lines[i].substr(0, at), i));
    labels.push_back(fmt::format("{{\"id\":\"{}\"{}", i, lines[i].substr(at)));
  }
  const auto group = deploy_late();
  create_labels();
  std::vector<std::unique_ptr<Daemon>> members;
  members.push_back(join(group, 0));
  const auto feeder = feed(unlabelled, 1000);
  std::this_thread::sleep_for(500ms);
  const auto feeder_of_labels = feed(labels, 1000, "labels");
  ASSERT_TRUE(learns(2000)) << members[0]->log();
  members.push_back(join(group, 1));
  ASSERT_TRUE(learns(6000)) << members[0]->log();
  EXPECT_EQ(members[0]->stop().code, 0) << members[0]->log();
  members.erase(members.begin());
  EXPECT_EQ(http_post(members[0]->port(), "/-/pause", "{}").status, 200);
  ASSERT_TRUE(members[0]->says("event=paused")) << members[0]->log();
  std::this_thread::sleep_for(1s);
  const auto paused_at = committed();
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(committed(), paused_at) << "nobody learns";
  EXPECT_EQ(http_post(members[0]->port(), "/-/resume", "{}").status, 200);
  feeder->wait();
  feeder_of_labels->wait();
  ASSERT_TRUE(learns(samples)) << members[0]->log();
  ASSERT_TRUE(eventually([&] { return whole_at(counts(members), "/matched") == samples; })) << members[0]->get("/status").body;
  EXPECT_GT(accuracy(members), 0.8);
  EXPECT_THAT(members[0]->get("/metrics").body, testing::HasSubstr(fmt::format("rekindle_label_delay_seconds_count {}", samples)));
  EXPECT_EQ(members[0]->stop().code, 0) << members[0]->log();
  EXPECT_GE(expect_whole(samples), 5U);
  expect_replayable(group);
}

TEST_F(GroupLabels, WaitsForAsManyPartitionsAsThereAreOfSamples) {
  const auto group = deploy_late();
  auto member = join(group, 0);
  const auto waits_for = [&](const std::string& what) {
    return eventually([&] { return member->get("/readyz").body.find(what) != std::string::npos; });
  };
  EXPECT_TRUE(waits_for("Unknown topic or partition")) << member->get("/readyz").body;
  create_labels(partitions / 2);
  EXPECT_TRUE(waits_for("a label is looked for in the partition of its sample's number")) << member->get("/readyz").body;
  const auto stream = dealt(800);
  produce_all(addresses(), topic_name("samples"), stream.samples);
  any_broker().add_partitions(topic_name("labels"), partitions);
  produce_all(addresses(), topic_name("labels"), stream.labels);
  ASSERT_TRUE(learns_both(stream)) << member->log();
  EXPECT_EQ(member->stop().code, 0) << member->log();
  (void)expect_whole(800);
}

// Without a sample there is no learner that could keep them.
TEST_F(GroupLabels, LabelsBeforeTheFirstSampleAreNotForgotten) {
  const auto group = deploy_late();
  create_labels();
  const auto stream = dealt(800);
  produce_all(addresses(), topic_name("labels"), stream.labels);
  auto member = join(group, 0);
  ASSERT_TRUE(member->says("event=assigned")) << member->log();
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(committed("labels"), 0);
  EXPECT_EQ(member->stop().code, 0) << member->log();
  member = join(group, 0);
  produce_all(addresses(), topic_name("samples"), stream.samples);
  ASSERT_TRUE(learns_both(stream)) << member->log();
  EXPECT_EQ(whole_at(member->status(), "/learner/late_labels/matched"), stream.matched);
  EXPECT_EQ(member->stop().code, 0) << member->log();
  (void)expect_whole(800);
  expect_replayable(group);
}

}  // namespace
}  // namespace rekindle::system_test
