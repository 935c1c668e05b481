// Our detectors as one of the contestants of ./dev bench detectors. A question a line on standard input, an answer a line:
//   detect TYPE FILE COUNT SECONDS [KEY=VALUE ...]    nanoseconds of CPU an update, then the indexes of the alarms
//   memory TYPE FILE COUNT                            bytes of the heap that one takes after so many numbers
//   learner TYPE SECONDS [leanest]                    nanoseconds of CPU a sample of the default learner, or of the leanest, that TYPE
//                                                     (or none) watches
// FILE: numbers of 64 bits, as memory has them; the first COUNT are passed again and again to new detectors for so many seconds.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "bench/choose.hpp"
#include "bench/detectors/cpu_time.hpp"
#include "bench/detectors/learner_cost.hpp"
#include "drift/detector.hpp"

namespace rekindle::bench {
namespace {

std::vector<double> read_values(const std::string& path, std::size_t count) {
  std::vector<double> values(count);
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(double)));
  if (!in) {
    fmt::print(stderr, "{}: fewer than {} numbers\n", path, count);
    std::exit(1);
  }
  return values;
}

Value value_of(const std::string& text) {
  char* end = nullptr;
  const auto whole = std::strtoll(text.c_str(), &end, 10);
  if (*end == '\0') return Value(static_cast<std::int64_t>(whole));
  const double number = std::strtod(text.c_str(), &end);
  return *end == '\0' ? Value(number) : Value(text);
}

Choice<DetectorRow> chosen(const std::string& type, std::istream& words) {
  Table table;
  table.set("type", Value(type), {});
  for (std::string word; words >> word;) {
    const auto at = word.find('=');
    const auto text = word.substr(at + 1);
    table.set(word.substr(0, at), value_of(text), {});
  }
  Diagnostics diagnostics;
  auto choice = check_choice(detectors(), {}, table, type, diagnostics);
  if (diagnostics.failed()) {
    fmt::print(stderr, "{}: wrong parameters\n", type);
    std::exit(1);
  }
  return choice;
}

std::string detect(std::istream& words) {
  std::string type, path;
  std::size_t count = 0;
  double seconds = 0;
  words >> type >> path >> count >> seconds;
  const auto choice = chosen(type, words);
  const auto values = read_values(path, count);
  std::vector<std::size_t> alarms;
  const auto first = choice.row->make.make(choice.parameters);
  for (std::size_t i = 0; i < count; ++i) {
    if (first->observe(values[i]).level == DriftLevel::drift) alarms.push_back(i);
  }
  std::size_t passes = 0;
  std::size_t found = 0;
  const double begun = cpu_seconds();
  double now = begun;
  for (; passes == 0 || now - begun < seconds; now = cpu_seconds(), ++passes) {
    const auto detector = choice.row->make.make(choice.parameters);
    for (const double value : values) found += detector->observe(value).level == DriftLevel::drift;
  }
  if (found != passes * alarms.size()) std::exit(1);
  return fmt::format("{:.3f} {}", 1e9 * (now - begun) / static_cast<double>(passes * count), fmt::join(alarms, " "));
}

std::string memory(std::istream& words) {
  std::string type, path;
  std::size_t count = 0;
  words >> type >> path >> count;
  const auto choice = chosen(type, words);
  const auto values = read_values(path, count);
  const auto used = [] { return mallinfo2().uordblks; };
  const auto before = used();
  std::vector<std::unique_ptr<DriftDetector>> many(100);  // A few fit into what has been freed before.
  for (auto& detector : many) {
    detector = choice.row->make.make(choice.parameters);
    for (const double value : values) static_cast<void>(detector->observe(value));
  }
  return fmt::format("{}", (used() - before) / many.size());
}

std::string answer(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  words >> what;
  if (what == "detect") return detect(words);
  if (what == "memory") return memory(words);
  std::string type, which;
  double seconds = 0;
  words >> type >> seconds >> which;
  return fmt::format("{:.3f}", learner_cost(which == "leanest" ? Watched::leanest : Watched::by_default, type, seconds));
}

}  // namespace
}  // namespace rekindle::bench

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << rekindle::bench::answer(line) << std::endl;
}
