#include "tests/system/group_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <iostream>
#include <numeric>
#include <set>

#include "connectors/kafka/topic_producer.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

}  // namespace

Feeder::Feeder(std::string brokers, std::string topic, std::vector<std::string> lines, std::vector<std::int32_t> turns, double per_second)
    : thread_([=, this, brokers = std::move(brokers), topic = std::move(topic), lines = std::move(lines), turns = std::move(turns)] {
        feed(brokers, topic, lines, turns, per_second);
      }) {}

void Feeder::wait() {
  if (thread_.joinable()) thread_.join();
}

void Feeder::stop() {
  stopping_ = true;
  wait();
}

void Feeder::feed(const std::string& brokers, const std::string& topic, const std::vector<std::string>& lines,
                  const std::vector<std::int32_t>& turns, double per_second) {
  auto producer = kafka::TopicProducer::make({brokers, {}, {}}).value();
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < lines.size() && !stopping_; ++i) {
    std::this_thread::sleep_until(
        begun + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(static_cast<double>(i) / per_second)));
    if (producer->broken()) producer = kafka::TopicProducer::make({brokers, {}, {}}).value();
    const auto produced = producer->produce({.topic = topic, .partition = turns[i % turns.size()], .value = lines[i]});
    EXPECT_TRUE(produced || producer->broken()) << produced.error().message;
  }
  const bool all_there = producer->flush(30s) && producer->failed() == 0;
  if (producer->broken()) std::cout << "a producer broke: " << producer->problem() << "\n" << std::flush;
  EXPECT_TRUE(all_there || producer->broken()) << producer->outstanding() << " records under way, " << producer->failed() << " given up ("
                                               << producer->last_failure() << "): " << producer->problem();
}

std::vector<std::string> GroupTest::generated(const Arguments& what, int samples) const {
  const auto file = folder() / "generated.jsonl";
  Arguments all = {"generate"};
  all.insert(all.end(), what.begin(), what.end());
  all.insert(all.end(), {"--samples", fmt::format("{}", samples), "--to", file.string()});
  const auto done = rekindle(all);
  EXPECT_EQ(done.status.code, 0) << done.err;
  return read_lines(file);
}

Deployment GroupTest::deploy_group(const Arguments& more) {
  any_broker().create_topic(topic_name("samples"), partitions);
  return write_configuration(folder(), addresses(), topic_name("samples"))
      .with({"cluster.mode=group", "cluster.sync_samples=100", "checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"),
             "checkpoint.every=500ms", "output.predictions=" + topic_name("predictions"), "output.events=" + topic_name("events"),
             R"(kafka.properties={"session.timeout.ms"="6000"})"})
      .with(more);
}

std::unique_ptr<Daemon> GroupTest::join(const Deployment& group, int member) const {
  return std::make_unique<Daemon>(group.in(folder() / fmt::format("member{}", member)));
}

std::unique_ptr<Feeder> GroupTest::feed(const std::vector<std::string>& lines, double per_second, const std::string& topic) const {
  std::vector<std::int32_t> turns(partitions);
  std::iota(turns.begin(), turns.end(), 0);
  return feed(lines, std::move(turns), per_second, topic);
}

std::unique_ptr<Feeder> GroupTest::feed(const std::vector<std::string>& lines, std::vector<std::int32_t> turns, double per_second,
                                        const std::string& topic) const {
  return std::make_unique<Feeder>(addresses(), topic_name(topic), lines, std::move(turns), per_second);
}

bool GroupTest::begins(const std::vector<std::unique_ptr<Daemon>>& members, const std::vector<std::string>& first) const {
  feed(first, 1000)->wait();
  return std::ranges::all_of(
      members, [](const auto& member) { return eventually([&] { return whole_at(member->status(), "/cluster/term") > 0; }); });
}

std::int64_t GroupTest::committed(const std::string& topic) const {
  return any_broker().committed_in_all(topic_name("samples"), topic_name(topic), partitions);
}

std::int64_t GroupTest::on_topic() const {
  std::int64_t sum = 0;
  for (int i = 0; i < partitions; ++i) sum += any_broker().offsets(topic_name("samples"), i).second;
  return sum;
}

bool GroupTest::learns(std::int64_t records, std::chrono::milliseconds patience, const std::string& topic) const {
  const bool learned = eventually(
      [&] {
        std::this_thread::sleep_for(200ms);
        return committed(topic) >= records;
      },
      patience);
  for (int i = 0; !learned && i < partitions; ++i) {
    std::cout << fmt::format("{}[{}]: {} committed of {}\n", topic, i,
                             any_broker().committed(topic_name("samples"), topic_name(topic), i).value_or(0),
                             any_broker().offsets(topic_name(topic), i).second);
  }
  return learned;
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

GroupTest::Compared GroupTest::compare_with_one_alone(const Deployment& group, int size, const std::vector<std::string>& lines,
                                                      double per_second) {
  const auto all = static_cast<std::int64_t>(lines.size());
  std::vector<std::unique_ptr<Daemon>> members;
  for (int i = 0; i < size; ++i) members.push_back(join(group, i));
  EXPECT_TRUE(begins(members, slice(lines, 0, partitions)));
  const auto feeder = feed(slice(lines, partitions, all), per_second);
  EXPECT_TRUE(learns(all, std::chrono::seconds(120 + static_cast<std::int64_t>(static_cast<double>(all) / per_second))))
      << members[0]->log();
  Compared compared;
  compared.together = accuracy(members);
  for (auto& member : members) EXPECT_EQ(member->stop().code, 0) << member->log();
  compared.alone = number_at(replayed(group.with({"cluster.mode=single", "checkpoint.store=file"}), lines), "/metrics/accuracy");
  compared.rounds = expect_whole(all);
  expect_replayable(group);
  std::cout << fmt::format("{} daemons: accuracy {:.4f}, alone {:.4f}, {} rounds\n", size, compared.together, compared.alone,
                           compared.rounds)
            << std::flush;
  return compared;
}

std::map<std::string, std::vector<json::object>> GroupTest::journal() const {
  std::map<std::string, std::vector<json::object>> tasks;
  for (const auto& record : consume_all(addresses(), topic_name("state") + ".journal")) {
    auto line = json::parse(record.value.value()).as_object();
    tasks[std::string(line.at("task").as_string())].push_back(std::move(line));
  }
  return tasks;
}

std::vector<json::object> GroupTest::incidents(const std::string& scope) const {
  std::vector<json::object> found;
  for (const auto& record : consume_all(addresses(), topic_name("state") + ".control")) {
    if (!record.key.value_or("").starts_with("incident/")) continue;
    auto incident = json::parse(record.value.value()).as_object();
    if (incident.at("scope").as_string() == scope) found.push_back(std::move(incident));
  }
  return found;
}

std::size_t GroupTest::expect_whole(std::int64_t samples) const {
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
  for (const auto& record : consume_all(addresses(), topic_name("predictions"))) {
    const auto value = json::parse(record.value.value());
    EXPECT_TRUE(predicted.emplace(whole_at(value, "/partition"), whole_at(value, "/offset")).second) << *record.value << " twice";
  }
  EXPECT_EQ(predicted.size(), static_cast<std::size_t>(samples));
  return rates.size();
}

void GroupTest::expect_replayable(const Deployment& group) const { std::cout << expect_replayable_group(group) << std::flush; }

void TroubledGroup::begin(int size) {
  group_ = deploy_group(turning_rate);
  for (int i = 0; i < size; ++i) {
    const auto properties = fmt::format(R"(kafka.properties={{"session.timeout.ms"="6000","group.instance.id"="member{}"}})", i);
    groups_.push_back(group_.with({properties}));
    members_.push_back(join(groups_.back(), i));
  }
}

bool TroubledGroup::leads(std::size_t member) {
  const auto answer = members_[member]->get("/status");
  return answer.status == 200 && json::parse(answer.body).at_pointer("/cluster/leader").as_bool();
}

int TroubledGroup::leader() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (leads(i)) return static_cast<int>(i);
  }
  return -1;
}

std::string TroubledGroup::stand() {
  std::string all = fmt::format("{} samples are learned\n", committed());
  for (const auto& member : members_) {
    all += fmt::format("{}\n{}\n", member->process().running() ? member->get("/status").body : "ended", member->log());
  }
  return all;
}

void TroubledGroup::finish(std::int64_t samples) {
  ASSERT_TRUE(learns(samples)) << "of " << samples << ' ' << stand();
  for (auto& member : members_) EXPECT_EQ(member->stop().code, 0) << member->log();
  // A worker or leader that is gone holds the rounds up for its session of six seconds, a broker for some: there are few between blows.
  EXPECT_GE(expect_whole(samples), 5U);
  expect_replayable(group_);
}

}  // namespace rekindle::system_test
