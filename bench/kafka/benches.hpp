// The benches of ./dev bench kafka; each has a broker of its own and returns what the program exits with.
#pragma once

#include <cstdint>
#include <string>

namespace rekindle::bench {

[[nodiscard]] int learning(const std::string& program, std::uint64_t records, std::size_t rounds);
// `seconds` at 10,000 samples a second for each contestant in each round.
[[nodiscard]] int latency(const std::string& program, std::uint64_t seconds, std::size_t rounds);
[[nodiscard]] int exactly_once(const std::string& program, std::uint64_t records, std::size_t rounds);
// From a checkpoint of 2^bits weights.
[[nodiscard]] int restart(const std::string& program, std::uint64_t bits, std::size_t rounds);

}  // namespace rekindle::bench
