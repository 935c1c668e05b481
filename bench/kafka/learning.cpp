// How fast a topic is learned, beside bare loops over the same topic.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/kafka/bare.hpp"
#include "bench/kafka/benches.hpp"
#include "bench/kafka/daemon.hpp"
#include "tests/system/support/kafka_broker.hpp"

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;
using system_test::KafkaBroker;
using system_test::TemporaryFolder;
constexpr const char* topic = "bench";
constexpr std::chrono::milliseconds look_again{100};  // As often as the daemon has new figures.

// Between the first figures with samples and the last ones before the end of the topic.
double rekindle_rate(const std::string& program, const std::string& brokers, std::uint64_t records, const char* more) {
  const TemporaryFolder folder;
  Daemon daemon(program, folder, configuration(brokers, topic, more));
  double first = 0, last = 0;
  Clock::time_point begun, ended;
  while (true) {
    const auto samples = daemon.samples();
    const auto now = Clock::now();
    if (samples >= static_cast<double>(records)) break;
    if (samples > last) {
      if (first == 0) {
        first = samples;
        begun = now;
      }
      last = samples;
      ended = now;
    }
    std::this_thread::sleep_for(look_again);
  }
  daemon.process().end();
  return (last - first) / std::chrono::duration<double>(ended - begun).count();
}

}  // namespace

int learning(const std::string& program, std::uint64_t records, std::size_t rounds) {
  KafkaBroker broker;
  broker.create_topic(topic);
  produce(broker.address(), topic, records);
  const std::map<std::string, std::function<double()>> contestants = {
      {"count", [&] { return count_only(broker.address(), topic, records); }},
      {"bare Adam", [&] { return learn(broker.address(), topic, records); }},
      {"rekindle, lean", [&] { return rekindle_rate(program, broker.address(), records, lean); }},
      {"rekindle", [&] { return rekindle_rate(program, broker.address(), records, ""); }}};
  std::map<std::string, std::vector<double>> rates;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::vector<std::string> order;
    for (const auto& [name, rate] : contestants) order.push_back(name);
    if (i % 2 == 1) std::ranges::reverse(order);
    for (const auto& name : order) rates[name].push_back(contestants.at(name)());
  }
  for (const auto& [name, each] : rates) print(name + ": records a second", each, 0);
  for (const std::string ours : {"rekindle, lean", "rekindle"}) {
    for (const std::string theirs : {"bare Adam", "count"}) {
      std::vector<double> ratios;
      for (std::size_t i = 0; i < rounds; ++i) ratios.push_back(rates[ours][i] / rates[theirs][i]);
      print(ours + " / " + theirs, ratios, 3);
    }
  }
  return 0;
}

}  // namespace rekindle::bench
