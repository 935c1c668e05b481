// What a real broker's topics cost, beside bare loops over the same ones:
//   kafka_bench REKINDLE learning RECORDS ROUNDS      records learned a second
//   kafka_bench REKINDLE latency SECONDS ROUNDS       from a record produced to its prediction seen, at 10,000 records a second
//   kafka_bench REKINDLE exactly-once RECORDS ROUNDS  records a second where predictions and positions are transactions
//   kafka_bench REKINDLE restart BITS ROUNDS          a start from a checkpoint of 2^BITS weights
// All take turns, so that whatever else the machine does hits each of them; medians of the rounds, with the least and the largest.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "bench/kafka/benches.hpp"

int main(int count, char** arguments) {
  using namespace rekindle::bench;
  const std::map<std::string, std::function<int(const std::string&, std::uint64_t, std::size_t)>> benches = {
      {"learning", learning}, {"latency", latency}, {"exactly-once", exactly_once}, {"restart", restart}};
  if (count != 5 || !benches.contains(arguments[2])) return 2;
  const auto program = std::filesystem::absolute(arguments[1]).string();  // Daemons run in folders of their own.
  return benches.at(arguments[2])(program, std::strtoull(arguments[3], nullptr, 10), std::strtoull(arguments[4], nullptr, 10));
}
