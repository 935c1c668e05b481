#include "tests/system/group_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <iostream>
#include <set>

#include "connectors/kafka/topic_producer.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

}  // namespace

Feeder::Feeder(std::string brokers, std::string topic, std::vector<std::string> lines, int partitions, double per_second)
    : thread_([=, this, brokers = std::move(brokers), topic = std::move(topic), lines = std::move(lines)] {
        feed(brokers, topic, lines, partitions, per_second);
      }) {}

void Feeder::wait() {
  if (thread_.joinable()) thread_.join();
}

void Feeder::feed(const std::string& brokers, const std::string& topic, const std::vector<std::string>& lines, int partitions,
                  double per_second) {
  const auto producer = kafka::TopicProducer::make({brokers, {}, {}}).value();
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::this_thread::sleep_until(
        begun + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(static_cast<double>(i) / per_second)));
    const auto partition = static_cast<std::int32_t>(i % static_cast<std::size_t>(partitions));
    if (!producer->produce({.topic = topic, .partition = partition, .value = lines[i]})) return;
    ++fed_;
  }
  (void)producer->flush(30s);
}

Deployment GroupTest::deploy_group(const Arguments& more) {
  const auto deployment = deploy({}, partitions);
  return deployment
      .with({"cluster.mode=group", "cluster.sync_samples=100", "checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"),
             "checkpoint.every=500ms", "output.predictions=" + topic_name("predictions"), "output.events=" + topic_name("events"),
             R"(kafka.properties={"session.timeout.ms"="6000"})"})
      .with(more);
}

std::unique_ptr<Daemon> GroupTest::join(const Deployment& group, int member) const {
  return std::make_unique<Daemon>(group.in(folder() / fmt::format("member{}", member)));
}

std::unique_ptr<Feeder> GroupTest::feed(const std::vector<std::string>& lines, double per_second) const {
  return std::make_unique<Feeder>(broker().address(), topic_name("samples"), lines, partitions, per_second);
}

bool GroupTest::begins(const std::vector<std::unique_ptr<Daemon>>& members, const std::vector<std::string>& first) const {
  feed(first, 1000)->wait();
  return std::ranges::all_of(
      members, [](const auto& member) { return eventually([&] { return whole_at(member->status(), "/cluster/term") > 0; }); });
}

std::int64_t GroupTest::committed() {
  std::int64_t sum = 0;
  for (int i = 0; i < partitions; ++i) sum += broker().committed(topic_name("samples"), topic_name("samples"), i).value_or(0);
  return sum;
}

bool GroupTest::learns(std::int64_t samples, std::chrono::milliseconds patience) {
  return eventually(
      [&] {
        std::this_thread::sleep_for(200ms);
        return committed() >= samples;
      },
      patience);
}

double GroupTest::accuracy(const std::vector<std::unique_ptr<Daemon>>& members) {
  double right = 0;
  double all = 0;
  for (const auto& member : members) {
    const auto status = member->status();
    const auto labelled = number_at(status, "/learner/labelled");
    if (labelled == 0) continue;
    right += labelled * number_at(status, "/learner/metrics/accuracy");
    all += labelled;
  }
  return right / all;
}

std::map<std::string, std::vector<json::object>> GroupTest::journal() {
  std::map<std::string, std::vector<json::object>> tasks;
  for (const auto& record : consume_all(broker().address(), topic_name("state") + ".journal")) {
    auto line = json::parse(record.value.value()).as_object();
    tasks[std::string(line.at("task").as_string())].push_back(std::move(line));
  }
  return tasks;
}

std::vector<json::object> GroupTest::incidents(const std::string& scope) {
  std::vector<json::object> found;
  for (const auto& record : consume_all(broker().address(), topic_name("state") + ".control")) {
    if (!record.key.value_or("").starts_with("incident/")) continue;
    auto incident = json::parse(record.value.value()).as_object();
    if (incident.at("scope").as_string() == scope) found.push_back(std::move(incident));
  }
  return found;
}

std::size_t GroupTest::expect_whole(std::int64_t samples) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::set<double>> rates;  // By term and round.
  std::int64_t learned = 0;
  for (const auto& [task, lines] : journal()) {
    std::int64_t next = 0;
    std::pair<std::int64_t, std::int64_t> newest{-1, -1};
    std::int64_t generation = -1;
    for (const auto& line : lines) {
      EXPECT_EQ(whole_at(line, "/from"), next) << task;
      next = whole_at(line, "/to");
      for (const auto& begun : line.at("begun").as_array()) {
        const std::pair at(whole_at(begun, "/term"), whole_at(begun, "/round"));
        EXPECT_GT(at, newest) << task << ": an older round after a newer one";
        EXPECT_GE(whole_at(begun, "/generation"), generation) << task << ": a stale generation";
        newest = at;
        generation = whole_at(begun, "/generation");
        rates[at].insert(number_at(begun, "/lr"));
      }
    }
    learned += next;
  }
  EXPECT_EQ(learned, samples);
  for (const auto& [round, lrs] : rates) EXPECT_EQ(lrs.size(), 1U) << "term " << round.first << ", round " << round.second;
  std::set<std::pair<std::int64_t, std::int64_t>> predicted;
  for (const auto& record : consume_all(broker().address(), topic_name("predictions"))) {
    const auto value = json::parse(record.value.value());
    EXPECT_TRUE(predicted.emplace(whole_at(value, "/partition"), whole_at(value, "/offset")).second) << *record.value << " twice";
  }
  EXPECT_EQ(predicted.size(), static_cast<std::size_t>(samples));
  return rates.size();
}

void GroupTest::expect_replayable(const Deployment& group) const {
  const auto recording = folder() / "recording.jsonl";
  const auto recorded = run(command_line("record", group, {"--to", recording.string()}));
  ASSERT_EQ(recorded.status.code, 0) << recorded.err;
  const auto replay = run(command_line("replay", group, {"--from", recording.string(), "--journal", "group"}));
  EXPECT_EQ(replay.status.code, 0) << replay.err;
  std::cout << replay.out << std::flush;
}

}  // namespace rekindle::system_test
