#include "bench/kafka/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "bench/http/clients.hpp"
#include "bench/kafka/clients.hpp"

namespace rekindle::bench {
namespace {

using system_test::Process;

std::string written(const system_test::TemporaryFolder& folder, const std::string& configuration) {
  const auto path = folder / "rekindle.toml";
  std::ofstream(path) << configuration;
  return path.string();
}

std::uint16_t port_of(Process& process) {
  constexpr std::string_view address = "http://127.0.0.1:";
  for (int i = 0; i < 6000 && process.running(); ++i) {
    const auto log = process.err() + process.out();
    const auto at = log.find(address);
    if (at != std::string::npos) return static_cast<std::uint16_t>(std::strtoul(log.c_str() + at + address.size(), nullptr, 10));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  give_up("the daemon did not listen: " + process.err() + process.out());
}

}  // namespace

std::string configuration(const std::string& brokers, const std::string& topic, const std::string& more) {
  return fmt::format(
      "[source]\ntopic = \"{}\"\n[kafka]\nbrokers = \"{}\"\n[schema]\ntask = \"binary\"\nlabel = \"y\"\n"
      "[optimizer]\ntype = \"adam\"\n[schedule]\ntype = \"constant\"\nlr = 0.001\n[http]\nlisten = \"127.0.0.1:0\"\n{}",
      topic, brokers, more);
}

Daemon::Daemon(const std::string& program, const system_test::TemporaryFolder& folder, const std::string& configuration)
    : process_({program, "run", "-c", written(folder, configuration)}, {{}, folder.path(), {}}), port_(port_of(process_)) {}

double Daemon::samples() {
  const auto status = boost::json::parse(get(port_, "/status"));
  const auto* learner = status.as_object().if_contains("learner");
  return learner == nullptr || !learner->is_object() ? 0 : learner->at("samples").to_number<double>();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void print(const std::string& what, std::vector<double> values, int digits) {
  const auto [least, largest] = std::ranges::minmax(values);
  fmt::print("{}: {:.{}f} ({:.{}f}-{:.{}f})\n", what, median(values), digits, least, digits, largest, digits);
  std::fflush(stdout);
}

}  // namespace rekindle::bench
