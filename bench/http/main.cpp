// What the daemon's HTTP costs, measured beside a daemon that learns as fast as it can.
//   http_load PORT PID SAMPLE ROUNDS
// SAMPLE: a file with one sample as JSON. Two comparisons, each in turns (ABBA), medians over the rounds:
//   predict   POST /predict beside a Beast server that returns a constant of the same length: rate, p99, CPU time of who answers
//   watched   the CPU time that learning a sample takes with 20 readers of /events, who ask for the page's past once, and a scrape of
//             /metrics and /status every second, beside none
#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "bench/http/clients.hpp"
#include "bench/http/constant_server.hpp"
#include "tests/system/support/processor_time.hpp"

namespace rekindle::bench {
namespace {

using std::chrono::milliseconds;
using system_test::processor_seconds;
constexpr milliseconds slice{1500};
constexpr milliseconds watched_slice{5000};
constexpr std::size_t viewers = 20;
constexpr std::size_t connections = 8;

struct Spread {
  double median = 0;
  double low = 0;
  double high = 0;
};

Spread spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {values[values.size() / 2], values.front(), values.back()};
}

void print(const std::string& what, const std::vector<double>& values) {
  const auto s = spread(values);
  fmt::print("{}: {:.3f} ({:.3f}-{:.3f})\n", what, s.median, s.low, s.high);
}

struct Answers {
  Load load;
  double cpu_us = 0;  // Of the thread that answers, a request.
};

Answers answers(std::uint16_t port, const std::string& sample, const std::function<double()>& cpu_seconds) {
  const double before = cpu_seconds();
  const auto seen = load(port, "/predict", sample, connections, slice);
  return {seen, (cpu_seconds() - before) * 1e6 / seen.requests};
}

void compare_predict(std::uint16_t port, pid_t pid, const std::string& sample, std::size_t rounds) {
  const auto post_once = [&] {
    Client client(port);
    client.send(fmt::format("POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", sample.size(), sample));
    while (!client.receive()) {
    }
    return client.body();
  };
  ConstantServer constant(post_once());
  fmt::print("request {} bytes, answer {} bytes, {} connections\n", sample.size(), post_once().size(), connections);
  std::vector<double> ours_rate, theirs_rate, rate_ratio, ours_p99, theirs_p99, p99_ratio, ours_cpu, theirs_cpu;
  const auto our_seconds = [pid] { return processor_seconds(pid, "http"); };
  const auto their_seconds = [&constant] { return constant.seconds(); };
  for (std::size_t i = 0; i < rounds; ++i) {
    Answers ours, theirs;
    for (const bool first : {true, false}) {
      if (first == (i % 2 == 0)) {
        ours = answers(port, sample, our_seconds);
      } else {
        theirs = answers(constant.port(), sample, their_seconds);
      }
    }
    ours_rate.push_back(ours.load.per_second);
    theirs_rate.push_back(theirs.load.per_second);
    rate_ratio.push_back(ours.load.per_second / theirs.load.per_second);
    ours_p99.push_back(ours.load.p99_us);
    theirs_p99.push_back(theirs.load.p99_us);
    p99_ratio.push_back(ours.load.p99_us / theirs.load.p99_us);
    ours_cpu.push_back(ours.cpu_us);
    theirs_cpu.push_back(theirs.cpu_us);
  }
  print("predict: requests a second", ours_rate);
  print("constant: requests a second", theirs_rate);
  print("predict / constant: rate", rate_ratio);
  print("predict: p99 in microseconds", ours_p99);
  print("constant: p99 in microseconds", theirs_p99);
  print("predict / constant: p99", p99_ratio);
  print("predict: CPU microseconds a request of the thread that answers", ours_cpu);
  print("constant: CPU microseconds a request of the thread that answers", theirs_cpu);
}

double samples_so_far(std::uint16_t port) {
  return boost::json::parse(get(port, "/status")).at("learner").at("samples").to_number<double>();
}

// CPU seconds that learning a sample takes, over one slice, with or without an audience.
double cost_of_a_sample(std::uint16_t port, pid_t pid, bool watched) {
  std::vector<Client> readers;
  for (std::size_t i = 0; watched && i < viewers; ++i) {
    (void)get(port, "/history");
    readers.emplace_back(port).send("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
  }
  const double samples = samples_so_far(port);
  const double seconds = processor_seconds(pid, "rekindle");
  for (auto rest = watched_slice; rest.count() > 0; rest -= milliseconds(1000)) {
    std::this_thread::sleep_for(milliseconds(1000));
    for (const auto& one : readers) one.drain();
    if (watched) (void)get(port, "/metrics");
    if (watched) (void)get(port, "/status");
  }
  const double spent = processor_seconds(pid, "rekindle") - seconds;
  return spent / (samples_so_far(port) - samples);
}

void compare_watched(std::uint16_t port, pid_t pid, std::size_t rounds) {
  std::vector<double> costs, ratios;
  for (std::size_t i = 0; i < rounds; ++i) {
    double alone = 0;
    double watched = 0;
    for (const bool first : {true, false}) (first == (i % 2 == 0) ? watched : alone) = cost_of_a_sample(port, pid, first == (i % 2 == 0));
    costs.push_back(alone * 1e9);
    ratios.push_back(watched / alone);
  }
  print("alone: nanoseconds of learning a sample", costs);
  print(fmt::format("watched ({} viewers, a scrape a second) / alone", viewers), ratios);
}

int run(std::uint16_t port, pid_t pid, const std::string& path, std::size_t rounds) {
  std::ifstream in(path);
  std::string sample(std::istreambuf_iterator<char>(in), {});
  while (sample.ends_with('\n')) sample.pop_back();
  compare_predict(port, pid, sample, rounds);
  compare_watched(port, pid, rounds);
  return 0;
}

}  // namespace
}  // namespace rekindle::bench

int main(int count, char** arguments) {
  if (count != 5) return 2;
  return rekindle::bench::run(static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10)), std::atoi(arguments[2]), arguments[3],
                              std::strtoull(arguments[4], nullptr, 10));
}
