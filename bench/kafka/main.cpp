// How fast a topic is learned, beside bare loops over the same topic, on a real broker.
//   kafka_bench REKINDLE RECORDS ROUNDS
// All take turns, so that whatever else the machine does hits each of them; medians of the rounds.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/http/clients.hpp"
#include "bench/kafka/bare.hpp"
#include "tests/system/support/kafka_broker.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::bench {
namespace {

using Clock = std::chrono::steady_clock;
using system_test::KafkaBroker;
using system_test::Process;
using system_test::TemporaryFolder;
constexpr const char* topic = "bench";
constexpr std::chrono::milliseconds look_again{10};  // The daemon has new figures every 100.

// What is not in the bare loop is switched off: what is left is polling, decoding, the scores and Adam.
constexpr const char* lean = "[preprocess]\nscale = \"none\"\n[learner]\nshadow = false\n[drift]\ndetectors = []\npolicy = \"none\"\n";

std::uint16_t port_of(Process& process) {
  constexpr std::string_view address = "http://127.0.0.1:";
  for (int i = 0; i < 1000 && process.running(); ++i) {
    const auto log = process.err() + process.out();
    const auto at = log.find(address);
    if (at != std::string::npos) return static_cast<std::uint16_t>(std::strtoul(log.c_str() + at + address.size(), nullptr, 10));
    std::this_thread::sleep_for(look_again);
  }
  fmt::print(stderr, "the daemon did not listen: {}\n", process.err() + process.out());
  std::exit(1);
}

// Between the first figures with samples and the last ones before the end of the topic.
double rekindle_rate(const std::string& program, const std::string& brokers, std::uint64_t records, const char* more) {
  const TemporaryFolder folder;
  const auto path = folder / "rekindle.toml";
  std::ofstream(path) << fmt::format(
      "[source]\ntopic = \"{}\"\n[kafka]\nbrokers = \"{}\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"
      "[optimizer]\ntype = \"adam\"\n[schedule]\ntype = \"constant\"\nlr = 0.001\n"
      "[http]\nlisten = \"127.0.0.1:0\"\n[checkpoint]\ndirectory = \"{}\"\n{}",
      topic, brokers, (folder / "checkpoints").string(), more);
  Process process({program, "run", "-c", path.string()});
  const auto port = port_of(process);
  double first = 0, last = 0;
  Clock::time_point begun, ended;
  while (true) {
    const auto samples = boost::json::parse(get(port, "/status")).at("learner").at("samples").to_number<double>();
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
  process.end();
  return (last - first) / std::chrono::duration<double>(ended - begun).count();
}

void print(const std::string& what, std::vector<double> values, int digits) {
  std::ranges::sort(values);
  fmt::print("{}: {:.{}f} ({:.{}f}-{:.{}f})\n", what, values[values.size() / 2], digits, values.front(), digits, values.back(), digits);
}

int run(const std::string& program, std::uint64_t records, std::size_t rounds) {
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

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  if (count != 4) return 2;
  return rekindle::bench::run(arguments[1], std::strtoull(arguments[2], nullptr, 10), std::strtoull(arguments[3], nullptr, 10));
}
