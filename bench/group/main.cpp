// What a second daemon is worth: the throughput of a group of two beside a group of one, on a real broker of this machine.
//   group_bench REKINDLE RECORDS ROUNDS SYNC_SAMPLES
// Both learn the same backlog of a topic of eight partitions with an MLP of 64 and 32 units, else by the defaults, in turn; medians of the
// rounds. The backlog is written while the group pauses, and the time runs from its `resume` to the last record.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/kafka/clients.hpp"
#include "bench/kafka/daemon.hpp"
#include "connectors/kafka/topic_producer.hpp"
#include "tests/system/support/http.hpp"
#include "tests/system/support/kafka_broker.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using system_test::KafkaBroker;
using system_test::TemporaryFolder;
namespace json = boost::json;

constexpr int partitions = 8;
constexpr int features = 20;
constexpr std::chrono::milliseconds look_again{100};  // A daemon renews its figures as often, and each look takes time from learning.

class Lines {
 public:
  Lines() {
    for (auto& weight : weights_) weight = normal_(draw_);
  }
  std::string next() {
    std::string text = "{";
    double score = 0;
    for (int j = 0; j < features; ++j) {
      const double x = normal_(draw_);
      score += weights_[static_cast<std::size_t>(j)] * x;
      text += fmt::format("\"x{}\":{:.6f},", j, x);
    }
    return text + fmt::format("\"y\":{}}}", score + normal_(draw_) > 0 ? 1 : 0);
  }

 private:
  std::mt19937_64 draw_{1};
  std::normal_distribution<double> normal_;
  std::array<double, features> weights_{};
};

void produce(const std::string& brokers, const std::string& topic, std::uint64_t records) {
  Lines lines;
  const auto producer = kafka::TopicProducer::make({brokers, {}, {}}).value();
  for (std::uint64_t i = 0; i < records; ++i) {
    const auto line = lines.next();
    while (!producer->produce({.topic = topic, .partition = static_cast<std::int32_t>(i % partitions), .value = line})) {
      std::this_thread::sleep_for(look_again);
    }
    if (i % 50'000 == 49'999) (void)producer->flush(60s);
  }
  if (!producer->flush(60s)) give_up("not everything was written");
}

std::string configuration_of_member(const std::string& brokers, const std::string& topic, std::uint64_t sync_samples) {
  return fmt::format(
      "[source]\ntopic = \"{0}\"\ngroup = \"{0}\"\n[kafka]\nbrokers = \"{1}\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"
      "[model]\ntype = \"mlp\"\nhidden = [64, 32]\n[http]\nlisten = \"127.0.0.1:0\"\n"
      "[checkpoint]\nstore = \"kafka\"\ntopic = \"{0}.state\"\n[cluster]\nmode = \"group\"\nsync_samples = {2}\n",
      topic, brokers, sync_samples);
}

class Member {
 public:
  Member(const std::string& program, const std::string& brokers, const std::string& topic, std::uint64_t sync_samples)
      : daemon_(program, folder_, configuration_of_member(brokers, topic, sync_samples)) {}
  template <class Condition>
  void until(Condition condition) {
    for (int i = 0; i < 3'000; ++i) {
      if (condition()) return;
      if (!daemon_.process().running()) break;
      std::this_thread::sleep_for(look_again);
    }
    give_up("the daemon did not come so far:\n" + daemon_.process().err());
  }
  [[nodiscard]] json::value status() const { return json::parse(system_test::http_get(daemon_.port(), "/status").body); }
  void command(const std::string& action) const { (void)system_test::http_post(daemon_.port(), "/-/" + action, "{}"); }
  [[nodiscard]] double samples() { return daemon_.samples(); }
  [[nodiscard]] std::size_t tasks() const { return status().at_pointer("/cluster/tasks").as_array().size(); }
  [[nodiscard]] bool paused() { return daemon_.process().err().find("event=paused") != std::string::npos; }
  [[nodiscard]] std::int64_t rounds() const { return status().at_pointer("/cluster/round").to_number<std::int64_t>(); }

  // Seconds of a processor that it has had.
  [[nodiscard]] double processor() {
    std::ifstream file(fmt::format("/proc/{}/stat", daemon_.process().id()));
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  // That went into samples, decoding and learning, by its own measurement.
  [[nodiscard]] double learning() const {
    const auto text = system_test::http_get(daemon_.port(), "/metrics").body;
    const auto value = [&](const std::string& name) {
      const auto at = text.find("\n" + name + " ");
      return at == std::string::npos ? 0.0 : std::atof(text.c_str() + at + name.size() + 2);
    };
    const double count = value("rekindle_sample_duration_seconds_count");
    return count > 0 ? value("rekindle_sample_duration_seconds_sum") / count : 0;
  }

 private:
  TemporaryFolder folder_;
  Daemon daemon_;
};

struct Measured {
  double per_second = 0;
  double share = 0;  // Of the daemons' processor time that went into samples.
  double rounds = 0;
};

struct Work {
  std::uint64_t records = 0;
  std::uint64_t sync_samples = 0;
};

Measured measure(const std::string& program, KafkaBroker& broker, const std::string& topic, std::size_t size, const Work& work) {
  const auto records = work.records;
  broker.create_topic(topic, partitions);
  std::vector<std::unique_ptr<Member>> members;
  for (std::size_t i = 0; i < size; ++i) members.push_back(std::make_unique<Member>(program, broker.address(), topic, work.sync_samples));
  auto& first = *members.front();
  first.until([&] { return std::ranges::all_of(members, [&](const auto& one) { return one->tasks() == partitions / size; }); });
  produce(broker.address(), topic, partitions);  // The group begins with its first records.
  const auto learned = [&] {
    double sum = 0;
    for (const auto& one : members) sum += one->samples();
    return sum;
  };
  first.until([&] { return learned() >= partitions && first.rounds() > 0; });
  first.until([&] {
    first.command("pause");
    std::this_thread::sleep_for(500ms);
    return std::ranges::all_of(members, [](const auto& one) { return one->paused(); });
  });
  produce(broker.address(), topic, records);
  double processor = 0;
  for (const auto& one : members) processor -= one->processor();
  const auto rounds = first.rounds();
  first.command("resume");
  const auto begun = Clock::now();
  first.until([&] { return learned() >= static_cast<double>(records) + partitions; });
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  double learning = 0;
  for (const auto& one : members) {
    processor += one->processor();
    learning += one->learning() / static_cast<double>(size);
  }
  return {static_cast<double>(records) / seconds, learning * static_cast<double>(records) / processor,
          static_cast<double>(first.rounds() - rounds)};
}

int run(const std::string& program, const Work& work, std::size_t rounds) {
  KafkaBroker broker;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto one = measure(program, broker, fmt::format("one{}", i), 1, work);
    const auto two = measure(program, broker, fmt::format("two{}", i), 2, work);
    ratios.push_back(two.per_second / one.per_second);
    fmt::print(
        "one daemon {:.0f} records a second ({:.0f} rounds, {:.0f} % of its processor time in samples), two {:.0f} ({:.0f} rounds, "
        "{:.0f} %): {:.2f} times\n",
        one.per_second, one.rounds, 100 * one.share, two.per_second, two.rounds, 100 * two.share, ratios.back());
  }
  fmt::print("median: {:.2f} times\n", median(ratios));
  return 0;
}

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const auto program = std::filesystem::absolute(arguments[1]).string();  // Daemons run in folders of their own.
  const auto number = [&](int i) { return std::strtoull(arguments[i], nullptr, 10); };
  return rekindle::bench::run(program, {number(2), number(4)}, number(3));
}
